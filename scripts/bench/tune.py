"""What `llamachat tune` finds against every combination of what it tries.

    python -m scripts.bench.tune --model 7b-q4_0.gguf

The search runs as a chat runs it. Then one loaded model takes each combination of threads, flash
attention, micro-batch and KV cache, between two measurements of the defaults, since the speed of a
machine swings: tokens written at a depth of 512, and a prompt of 512 tokens through all layers (a
part of them with --share). Prints a Markdown table, and how the choice compares with the best.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.llama.trial_context import TrialContext
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, FlashAttention
from llamachat.engine.process import ProcessEngine
from llamachat.engine.tuning.candidates import candidates, present, sensible_threads
from llamachat.engine.tuning.compare import figure
from llamachat.engine.tuning.values import (
    OTHERS,
    SECONDS,
    Figure,
    Setup,
    Task,
    Tuning,
    Verdict,
    Work,
)
from llamachat.engine.tuning.words import summary
from llamachat.hardware.cores import read_cores
from llamachat.models.settle import settle_here
from llamachat.models.speed import ANSWERED, ASKED
from scripts.bench import machine

DEPTH = BATCH = 512
WRITTEN = 4.0
"""seconds of each measurement of an answer"""
SIZES = (512, 256, 128)
ATTENTION: tuple[tuple[FlashAttention, str], ...] = (
    ("auto", "f16"), ("off", "f16"), ("auto", "q8_0"),
)  # fmt: skip
"""with the types of the KV cache that go with each"""
TARGET = 0.97


@dataclass(frozen=True, slots=True)
class Cell:
    """A combination against the defaults: how many times as fast it is."""

    setup: Setup
    decode: float
    prefill: float
    turn: float
    """at a usual turn"""


class Grid:
    """Measures on one loaded model; contexts are opened as they are needed, two at most."""

    def __init__(self, loaded: LoadedModel, share: float) -> None:
        self._loaded = loaded
        self._share = share
        self._open: dict[tuple[str, str], TrialContext] = {}

    def sample(self, setup: Setup, work: Work) -> float:
        context = self._context(setup)
        context.use_threads(setup.threads, setup.threads_batch)
        if work == "decode":
            return context.decode(WRITTEN)
        return context.prefill(setup.n_ubatch, self._share, 1e-9)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _context(self, setup: Setup) -> TrialContext:
        key = setup.flash_attention, setup.cache_type
        context = self._open.pop(key, None)
        if context is None:
            while len(self._open) > 1:
                self._open.pop(next(iter(self._open))).close()
            options = replace(
                self._loaded.options,
                n_ctx=DEPTH + BATCH, n_batch=BATCH, n_ubatch=BATCH, threads=setup.threads,
                flash_attention=setup.flash_attention,
                cache_type_k=setup.cache_type, cache_type_v=setup.cache_type,
            )  # fmt: skip
            context = TrialContext(self._loaded, options, depth=DEPTH)
        self._open[key] = context
        return context


def tuned(options: EngineOptions, seconds: float) -> tuple[Setup, Setup, Tuning]:
    """The defaults, what the search makes of them, and what it saw."""
    settled = settle_here(options, measured=False).options
    with open_engine(options.model, options=settled) as engine:
        assert isinstance(engine, ProcessEngine)
        found = candidates(options, engine.info, read_cores())
        verdicts = engine.tune(Task(found, (), seconds, OTHERS), _tell)
        start = present(settled, engine.info)
    seen = Tuning(options.model.name, "", 0, start, verdicts)
    chosen = start
    for verdict in verdicts:
        if verdict.outcome == "faster":
            chosen = chosen.having(verdict.candidate)
    return start, chosen, seen


def measured(grid: Grid, start: Setup, setups: Sequence[Setup]) -> Iterator[Cell]:
    """Each between two measurements of the defaults, which neighbours share."""
    before = {work: grid.sample(start, work) for work in _works()}
    for number, setup in enumerate(setups, 1):
        machine.say(f"{number} of {len(setups)}: {_name(setup)}")
        within = {work: grid.sample(setup, work) for work in _works()}
        after = {work: grid.sample(start, work) for work in _works()}
        seen = {w: figure(w, (before[w], after[w]), (within[w],)) for w in _works()}
        yield _cell(setup, seen)
        before = after


def combinations(start: Setup, chosen: Setup) -> list[Setup]:
    """All of them but the defaults; the choice too, if it is none of them."""
    counts = sensible_threads(read_cores())
    found = [
        Setup(count, count, attention, size, kind)
        for count, (attention, kind), size in product(counts, ATTENTION, SIZES)
    ]
    return [setup for setup in dict.fromkeys((chosen, *found)) if setup != start]


def table(cells: Sequence[Cell], chosen: Setup) -> Iterator[str]:
    yield "| threads | attention | KV cache | micro-batch | answers | prompts | a turn | |"
    yield "|---:|---|---|---:|---:|---:|---:|---|"
    for cell in sorted(cells, key=lambda cell: -cell.turn):
        setup = cell.setup
        threads = f"{setup.threads}" + f"/{setup.threads_batch}" * (
            setup.threads != setup.threads_batch
        )
        yield (
            f"| {threads} | {setup.flash_attention} | {setup.cache_type} | {setup.n_ubatch} "
            f"| {cell.decode:.2f} | {cell.prefill:.2f} | {cell.turn:.2f} "
            f"| {'chosen' if setup == chosen else ''} |"
        )


def _works() -> tuple[Work, ...]:
    return ("decode", "prefill")


def _cell(setup: Setup, seen: dict[Work, Figure]) -> Cell:
    read, write = seen["prefill"], seen["decode"]
    before = ASKED * read.before + ANSWERED * write.before
    after = ASKED * read.before / (1 + read.gain) + ANSWERED * write.before / (1 + write.gain)
    return Cell(setup, 1 + write.gain, 1 + read.gain, before / after)


def _name(setup: Setup) -> str:
    return (
        f"{setup.threads} threads, attention {setup.flash_attention}, {setup.cache_type}, "
        f"micro-batch {setup.n_ubatch}"
    )


def _tell(step: object) -> None:
    if isinstance(step, Verdict):
        machine.say(f"{step.candidate.knob} {step.candidate.value}: {step.outcome}")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.tune", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of the search")
    parser.add_argument("--share", type=float, default=1.0, help="of the layers of a prompt")
    given = parser.parse_args(argv)
    options = EngineOptions(given.model)
    start, chosen, seen = tuned(options, given.seconds)
    settled = settle_here(options, measured=False).options
    loaded = LoadedModel(replace(settled, threads=start.threads))
    grid = Grid(loaded, given.share)
    try:
        cells = list(measured(grid, start, combinations(start, chosen)))
    finally:
        grid.close()
        loaded.close()
    same = [cell for cell in cells if cell.setup == chosen]
    cells.append(Cell(start, 1.0, 1.0, 1.0))
    own = same[0].turn if same else 1.0
    best = max(cell.turn for cell in cells)
    print(f"{machine.describe()}; {given.model.name}, against the defaults. {summary(seen)}\n")
    print("\n".join(table(cells, chosen)))
    print(f"\nchosen: {own:.2f} x the defaults; {own / best:.2f} x the best (target {TARGET})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
