"""How fast this processor reads and writes with generated models of several file types.

    python -m llamachat.engine.llama.race --ftypes Q4_K_M,Q4_0 --threads 2 FOLDER

The types take turns, so that a moment in which the machine is busy meets all of them. One JSON line
for each at the end. Knows nothing of what is made of the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from llamachat.engine.context import Tokens
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.params import EngineOptions
from llamachat.errors import LlamaChatError
from llamachat.gguf.generated import LlamaShape, write_generated_llama

SHAPE = LlamaShape(2, 2048, 16, 16, 5632, 512, 512)
"""two layers: one of them with the better types of a mixture, as half of a 7B's have; 60 MB in
Q4_0, more than most processors keep near"""
BATCH = 64
WRITTEN = 16
"""tokens, one after the other"""
SECONDS = 1.2
"""for all rounds together"""


@dataclass(slots=True)
class Runner:
    """One type, loaded."""

    ftype: str
    loaded: LoadedModel
    reading: list[float] = field(default_factory=list)
    writing: list[float] = field(default_factory=list)

    def run(self) -> None:
        """One round: a batch, then tokens."""
        cache = Cache(self.loaded)
        cache.clear()
        tokens = [300 + (37 * i) % 200 for i in range(BATCH)]
        begun = time.perf_counter()
        cache.decode(Tokens(tokens, [0] * BATCH))
        read = time.perf_counter()
        for _ in range(WRITTEN):
            cache.decode_one(301, 0)
        self.reading.append((read - begun) / BATCH)
        self.writing.append((time.perf_counter() - read) / WRITTEN)

    def figures(self) -> dict[str, object]:
        """Seconds per token in the best round, the one least disturbed; the first warms up."""
        return {
            "ftype": self.ftype,
            "read": min(self.reading[1:]),
            "write": min(self.writing[1:]),
        }


def race(ftypes: list[str], folder: Path, threads: int, *, fast: bool) -> list[Runner]:
    """Rounds for about SECONDS, at least three."""
    runners = []
    for ftype in ftypes:
        model = folder / f"{ftype}.gguf"
        write_generated_llama(model, SHAPE, ftype)
        options = EngineOptions(model, n_ctx=SHAPE.n_ctx, threads=threads, extra_buffers=fast)
        runners.append(Runner(ftype, LoadedModel(options)))
    begun = time.perf_counter()
    while len(runners[0].reading) < 3 or time.perf_counter() - begun < SECONDS:
        for runner in runners:
            runner.run()
    return runners


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="llamachat.engine.llama.race", description=__doc__)
    parser.add_argument("--ftypes", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without the fast kernels")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(argv)
    try:
        runners = race(given.ftypes.split(","), given.folder, given.threads, fast=not given.plain)
    except LlamaChatError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    for runner in runners:
        sys.stdout.write(json.dumps(runner.figures()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
