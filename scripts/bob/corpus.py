"""Writes the corpus: dialogs from the tables, checked for leaks, as rows of tokens for training.

    python -m scripts.bob.corpus --rows 30000 --out build/bob

Equal seeds give equal rows. Leaves in the output folder: bob.model (the tokenizer), rows.npy and
corpus.json (counts, and the longest word run each evaluation question shares with the corpus).
Fails where a run is longer than six words. Knows nothing of the model.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from scripts.bob import facts, tokenizer
from scripts.bob.dialog import Document, document
from scripts.bob.grammar import Grammar
from scripts.bob.leaks import MAX_SHARED_WORDS, HeldOut, Overlap, Run, Runs, report, worst
from scripts.bob.questions import evaluation
from scripts.bob.thesaurus import Thesaurus
from scripts.bob.voice import Voice

CONTEXT = 2048
SHARD = 500
"""rows that one random generator makes, and that are looked through at once"""
WRITTEN_BY_BOB = 1 << 15
"""bit set on tokens that Bob has to write; the rest are ids below 4096"""

Rows = npt.NDArray[np.uint16]


def documents(seed: str) -> Iterator[Document]:
    """Endless documents; wordings of the evaluation do not occur."""
    table = facts.load()
    voice = Voice(table, Grammar(table.rules), Thesaurus(table.synonyms), Random(seed))
    held_out = HeldOut(evaluation())
    while True:
        yield document(voice, lambda text: not held_out.forbids(text))


def lines(seed: str, count: int) -> Iterator[str]:
    """The lines of the first `count` documents, for the tokenizer."""
    for made, _ in zip(documents(seed), range(count), strict=False):
        yield from filter(None, made.text.split("\n"))


@dataclass(frozen=True, slots=True)
class Shard:
    rows: Rows
    documents: int
    characters: int


@dataclass(frozen=True, slots=True)
class Job:
    """One shard of the corpus: everything a worker process needs."""

    seed: str
    rows: int
    tokenizer: Path

    def run(self) -> Shard:
        """Packs documents into rows of CONTEXT + 1 tokens; each row begins with a document."""
        pieces = tokenizer.load(self.tokenizer)
        rows = np.zeros((self.rows, CONTEXT + 1), dtype=np.uint16)
        count = characters = 0
        source = documents(self.seed)
        for row in rows:
            filled = 0
            while filled <= CONTEXT:
                made = next(source)
                tokens = encode(made, pieces)[: CONTEXT + 1 - filled]
                row[filled : filled + len(tokens)] = tokens
                filled += len(tokens)
                count, characters = count + 1, characters + len(made.text)
        return Shard(rows, count, characters)


def encode(made: Document, pieces: tokenizer.Pieces) -> list[int]:
    """Tokens of a document, marked where Bob has to write them."""
    tokens = [tokenizer.BEGIN]
    for text, written in made.pieces:
        mark = WRITTEN_BY_BOB if written else 0
        tokens += [token | mark for token in pieces.encode(text)]
    return [*tokens, tokenizer.END | WRITTEN_BY_BOB] if made.ends else tokens


def read(folder: Path, start: int = 0, stop: int | None = None) -> Iterator[str]:
    """The texts of a finished corpus, row by row."""
    pieces = tokenizer.load(folder / "bob.model")
    for row in np.load(folder / "rows.npy", mmap_mode="r")[start:stop]:
        yield pieces.decode([int(token) for token in row & (WRITTEN_BY_BOB - 1)])


@dataclass(frozen=True, slots=True)
class Part:
    """A shard of a finished corpus, to be looked through by a worker process."""

    folder: Path
    start: int

    def run(self) -> frozenset[Run]:
        return _found(read(self.folder, self.start, self.start + SHARD)).seen


def check(folder: Path, jobs: int) -> list[Overlap]:
    """What the evaluation shares with a finished corpus, question by question."""
    starts = range(0, len(np.load(folder / "rows.npy", mmap_mode="r")), SHARD)
    runs = Runs(evaluation())
    with Pool(jobs) as pool:
        for seen in pool.imap_unordered(Part.run, [Part(folder, start) for start in starts]):
            runs.join(seen)
    return runs.overlaps()


def overlaps(texts: Iterable[str]) -> list[Overlap]:
    """The same for texts of any origin."""
    return _found(texts).overlaps()


def _found(texts: Iterable[str]) -> Runs:
    runs = Runs(evaluation())
    for text in texts:
        for line in text.split("\n"):
            runs.read(line)
    return runs


def main() -> int:
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    model = options.out / "bob.model"
    if options.tokenizer:
        model.write_bytes(options.tokenizer.read_bytes())
    else:
        tokenizer.train(lines(f"{options.seed} tokenizer", options.tokenizer_documents), model)
    shards = -(-options.rows // SHARD)
    jobs = [
        Job(f"{options.seed} {n}", min(SHARD, options.rows - n * SHARD), model)
        for n in range(shards)
    ]
    with Pool(options.jobs) as pool:
        made = pool.map(Job.run, jobs, chunksize=1)
    rows = np.concatenate([shard.rows for shard in made])
    np.save(options.out / "rows.npy", rows)
    found = check(options.out, options.jobs)
    summary = {
        "seed": options.seed,
        "documents": sum(shard.documents for shard in made),
        "characters": sum(shard.characters for shard in made),
        "tokens": int(rows.size),
        "written_by_bob": int((rows >= WRITTEN_BY_BOB).sum()),
        "shared_words": report(found),
    }
    (options.out / "corpus.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(summary), file=sys.stderr)
    return 1 if worst(found) > MAX_SHARED_WORDS else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=30000, help=f"rows of {CONTEXT + 1} tokens")
    parser.add_argument("--seed", default="bob 1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tokenizer-documents", type=int, default=4000)
    parser.add_argument("--tokenizer", type=Path, help="of an earlier run, to train on from it")
    parser.add_argument("--out", type=Path, default=Path("build/bob"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
