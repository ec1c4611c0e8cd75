"""Predicted and measured memory of one model, over contexts, KV cache types and load modes.

    python -m scripts.bench.fit --model 7b-q4_0.gguf

Each combination is loaded in a worker of its own and reads a prompt of 520 tokens, so that every
buffer has been written to. Measured is the peak of the worker's resident set (VmHWM of Linux).
Prints a Markdown table. Touches no setting of the machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, LoadMode
from llamachat.engine.process import ProcessEngine
from llamachat.models.need import Need
from llamachat.models.settle import settle_here
from scripts.bench import machine
from scripts.bench.rates import prompt_of

COMBINATIONS: tuple[tuple[int, str, LoadMode, bool], ...] = (
    (2048, "f16", "mmap", True),
    (2048, "f16", "none", True),
    (2048, "q8_0", "mmap", True),
    (4096, "f16", "mmap", True),
    (4096, "f16", "none", True),
    (4096, "q8_0", "mmap", True),
    (4096, "q4_0", "mmap", True),
    (4096, "f16", "mmap", False),
    (8192, "f16", "mmap", True),
)
"""context, type of the KV cache, load mode, fast kernels"""
PROMPT = 520
"""tokens: more than a micro-batch"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One combination, as predicted and as it was."""

    options: EngineOptions
    need: Need
    peak: int
    seconds: float
    """for loading"""

    @property
    def error(self) -> float:
        """Of the prediction, relative to what was measured."""
        return self.need.peak / self.peak - 1


def measure(options: EngineOptions) -> Measured:
    """Load, read a prompt, look at the process."""
    need = settle_here(options).need
    begun = time.perf_counter()
    with open_engine(options.model, options=options) as engine:
        seconds = time.perf_counter() - begun
        list(engine.prefill(prompt_of(engine, PROMPT, "fit")))
        assert isinstance(engine, ProcessEngine) and engine.pid is not None
        return Measured(options, need, peak_bytes(engine.pid), seconds)


def combinations(model: Path, contexts: Sequence[int]) -> Iterator[EngineOptions]:
    for n_ctx, kind, mode, fast in COMBINATIONS:
        if contexts and n_ctx not in contexts:
            continue
        yield EngineOptions(
            model, n_ctx=n_ctx, cache_type_k=kind, cache_type_v=kind, load_mode=mode,
            extra_buffers=fast, fit=False,
        )  # fmt: skip


def table(results: list[Measured]) -> Iterator[str]:
    """Gigabytes; what the kernel can take back is part of the peak."""
    yield "| context | KV cache | load mode | kernels | predicted | measured | error | load |"
    yield "|---:|---|---|---|---:|---:|---:|---:|"
    for result in results:
        options = result.options
        kernels = "fast" if options.extra_buffers else "plain"
        yield (
            f"| {options.n_ctx:,} | {options.cache_type_k} | {options.load_mode} | {kernels} "
            f"| {result.need.peak / 1e9:.2f} GB | {result.peak / 1e9:.2f} GB "
            f"| {result.error:+.1%} | {result.seconds:.1f} s |"
        )


def peak_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("This system does not tell the peak of a process.")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.fit", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--context", type=int, action="append", help="only these contexts")
    arguments = parser.parse_args(argv)
    results = []
    for options in combinations(arguments.model, arguments.context or ()):
        print(f"{options.n_ctx} {options.cache_type_k} {options.load_mode}", file=sys.stderr)
        results.append(measure(options))
    print(f"{machine.describe()}; {arguments.model.name}.\n")
    print("\n".join(table(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
