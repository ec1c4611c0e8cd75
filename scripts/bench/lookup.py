"""Decode with guessed tokens against decode without, on answers that were written before.

    python -m scripts.bench.lookup -m 7b-q4_0.gguf [--rounds 2] [--costs]

A model with random weights cannot quote, so the answers are replayed: a sampler that samples as
usual, then says the recorded token. What is guessed, evaluated, accepted and withdrawn is what it
would be if the model had said it. Each answer is cut into slices, written in turns with and without
guesses; what the engine learns about them is kept from slice to slice and forgotten before each
text. `--costs` measures batches of each size first. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from llamachat.engine.base import Done
from llamachat.engine.context import Tokens
from llamachat.engine.draft_budget import BATCHES, DraftBudget
from llamachat.engine.llama.answer import Answer
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.prefill import PromptReader
from llamachat.engine.llama.sampler import Sampler
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from scripts.bench import machine
from scripts.bench.record_texts import Recorded, recorded

SLICE = 128
"""tokens written with guesses, then without, or the other way round"""
SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32)
SAMPLING = SamplingParams(seed=1)


class Replay(Sampler):
    """Samples as usual, and says something else."""

    says: Sequence[int] = ()

    def start(self, history: Sequence[int]) -> None:
        super().start(history)
        self._next = iter(self.says)

    def sample(self, context: Any, row: int = -1) -> int | None:
        super().sample(context, row)
        return next(self._next)


@dataclass
class Figures:
    """Of one text, with or without guesses."""

    tokens: int = 0
    seconds: float = 0.0
    drafted: int = 0
    accepted: int = 0

    def add(self, done: Done) -> None:
        self.tokens += done.usage.generated - 1  # the first one is paid by the prefill
        self.seconds += done.timings.decode
        self.drafted += done.usage.drafted
        self.accepted += done.usage.accepted

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


@dataclass
class Result:
    text: Recorded
    without: Figures = field(default_factory=Figures)
    guessed: Figures = field(default_factory=Figures)


class Bench:
    """One engine that is made to say what was recorded."""

    def __init__(self, engine: LlamaEngine) -> None:
        self._engine = engine
        self._reader = PromptReader(engine.cache, engine._loaded)
        self._sampler = Replay(engine.vocab, SAMPLING)

    def replay(self, text: Recorded, result: Result, *, first: bool) -> None:
        """The whole answer, twice; `first` says who begins."""
        budget = DraftBudget()
        for start in range(0, len(text.answer), SLICE):
            for guessing in (first, not first):
                figures = result.guessed if guessing else result.without
                figures.add(self._write(text, start, budget if guessing else None))
            first = not first
        machine.say(f"  {table([result])[-1]} {costs_of(budget)}")

    def _write(self, text: Recorded, start: int, budget: DraftBudget | None) -> Done:
        ids = [*text.prompt, *text.answer[:start]]
        prompt = Tokens(ids, [0] * len(ids))
        for _ in self._reader.read(prompt):
            pass
        self._sampler.says = text.answer[start : start + SLICE]
        params = GenerateParams(len(self._sampler.says), sampling=SAMPLING)
        answer = Answer(self._engine.cache, self._engine._loaded, self._sampler, params, budget)
        *_, done = answer.stream(prompt)
        assert isinstance(done, Done) and done.reason == "length", done
        return done

    def costs(self, depth: Sequence[int], rounds: int = 7) -> dict[int, float]:
        """Seconds of a batch by its size, behind so many tokens; sizes take turns."""
        cache, found = self._engine.cache, dict[int, list[float]]()
        for _ in self._reader.read(Tokens(list(depth), [0] * len(depth))):
            pass
        for number in range(rounds + 1):
            for size in SIZES:
                batch = Tokens(list(depth[:size]), [0] * size)
                began = time.perf_counter()
                assert cache.decode_each(batch) if size > 1 else cache.decode_one(depth[0], 0)
                if number:  # the first round takes the memory
                    found.setdefault(size, []).append(time.perf_counter() - began)
                cache.truncate(len(depth))
        return {size: median(seconds) for size, seconds in found.items()}


def costs_of(budget: DraftBudget) -> str:
    known = ", ".join(f"{size}: {budget.cost(size):.2f}" for size in BATCHES)
    return f"a token takes {budget.single * 1e3:.0f} ms; batches cost {known} tokens"


def cost_table(costs: dict[int, float]) -> list[str]:
    lines = [
        "| tokens at once | ms | cost in single tokens | most it can gain |",
        "|--:|--:|--:|--:|",
    ]
    for size, seconds in costs.items():
        cost = seconds / costs[1]
        lines.append(f"| {size} | {seconds * 1e3:.1f} | {cost:.2f} | {size / cost:.2f} |")
    return lines


def table(results: Sequence[Result]) -> list[str]:
    lines = [
        "| answer | tokens | t/s without | t/s with guesses | ratio | guessed | right |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        plain, guessed = result.without, result.guessed
        right = guessed.accepted / guessed.drafted if guessed.drafted else 0.0
        lines.append(
            f"| {result.text.name} | {len(result.text.answer)} | {plain.rate:.2f} "
            f"| {guessed.rate:.2f} | {guessed.rate / plain.rate:.2f} | {guessed.drafted} "
            f"| {right:.0%} |"
        )
    return lines


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.lookup", description=__doc__)
    parser.add_argument("-m", "--model", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--costs", action="store_true", help="measure batches of each size")
    parser.add_argument("--only", default="", help="one of the texts")
    given = parser.parse_args(argv)
    before = machine.load()
    results = [Result(text) for text in recorded() if given.only in ("", text.name)]

    options = EngineOptions(given.model, n_ctx=2048)
    with open_engine(given.model, options=options, isolated=False) as engine:
        assert isinstance(engine, LlamaEngine)
        bench, costs = Bench(engine), dict[int, float]()
        if given.costs:
            costs = bench.costs(results[0].text.prompt[:512])
        for number in range(1, given.rounds + 1):
            machine.say(f"round {number} of {given.rounds}")
            for result in results:
                bench.replay(result.text, result, first=bool(number % 2))
    print(f"{machine.describe()}; {given.model.name}; {given.rounds} rounds; load average")
    print(f"{before:.2f} before, {machine.load():.2f} after.\n")
    print("\n".join([*cost_table(costs), ""] if costs else []))
    print("\n".join(table(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
