"""Writes down the tokens of the texts that `scripts.bench.lookup` replays.

    python -m scripts.bench.record_texts VOCABULARY.gguf

A generated model has random pieces for a vocabulary and would cut words at random, so the tokens of
a real one are recorded: Llama 2's, of which llama.cpp's repository has the vocabulary alone
(models/ggml-vocab-llama-spm.gguf). Any model with 32,000 tokens can be made to say them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamachat.engine.llama.library import bindings, open_library
from llamachat.engine.llama.vocab import Vocab

FOLDER = Path(__file__).with_name("texts")
RECORD = FOLDER / "tokens.json"
BORDER = "\n=====\n"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A task, and an answer to it."""

    name: str
    prompt: tuple[int, ...]
    answer: tuple[int, ...]


def recorded() -> list[Recorded]:
    """The texts, those that quote first."""
    tokens = json.loads(RECORD.read_text())
    return [
        Recorded(name, tuple(entry["prompt"]), tuple(entry["answer"]))
        for name, entry in tokens.items()
    ]


def texts() -> dict[str, tuple[str, str]]:
    """Prompt and answer by name."""
    names = ("edit", "summary", "free")
    found = ((name, (FOLDER / f"{name}.txt").read_text().partition(BORDER)) for name in names)
    return {name: (prompt, answer) for name, (prompt, _, answer) in found}


def tokens_of(vocabulary: Path) -> dict[str, dict[str, list[int]]]:
    """Tokens of prompts, the beginning of text before them, and of answers."""
    open_library()
    library: Any = bindings()
    params = library.llama_model_default_params()
    params.vocab_only = True
    model = library.llama_model_load_from_file(os.fsencode(vocabulary), params)
    assert model, f"{vocabulary} cannot be loaded"
    vocab = Vocab(model)
    try:
        return {
            name: {
                "prompt": [vocab.bos, *vocab.plain(prompt + "\n")],
                "answer": vocab.plain(answer),
            }
            for name, (prompt, answer) in texts().items()
        }
    finally:
        library.llama_model_free(model)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.record_texts", description=__doc__)
    parser.add_argument("vocabulary", type=Path)
    tokens = tokens_of(parser.parse_args(argv).vocabulary)
    lines = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in tokens.items())
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    for name, entry in tokens.items():
        print(f"{name}: {len(entry['prompt'])} + {len(entry['answer'])} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
