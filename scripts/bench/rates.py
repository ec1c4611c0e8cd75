"""Tokens per second of prefill and decode, of llama-bench and of our engine, in turn.

The rows have llama-bench's names. Ours are taken from outside: from the request to the last
Prefilled event, and from the first chunk of text to Done. All are loaded at once and each works
while the others rest, a few seconds at a time: a machine whose speed changes from minute to minute
then changes it for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, permutations
from pathlib import Path

from llamachat.engine.base import Chunk, Done, Engine
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt, raw_prompt
from llamachat.hardware.cores import default_threads, read_cores
from scripts.bench import machine
from scripts.bench.llama_bench import LlamaBench

GREEDY = SamplingParams(temp=0, ignore_eos=True)
LLAMA, INSIDE, WORKER = "llama.cpp", "in process", "worker"

Figures = dict[str, list[float]]
"""tokens per second by who was measured, one for each round"""


@dataclass(frozen=True, slots=True)
class Row:
    """A test as llama-bench has them: prefill of `n_prompt` tokens, or decode of `n_gen`."""

    n_prompt: int = 0
    n_gen: int = 0
    depth: int = 0

    def __str__(self) -> str:
        name = f"pp{self.n_prompt}" if self.n_prompt else f"tg{self.n_gen}"
        return f"{name} @ d{self.depth}" if self.depth else name


ROWS = (Row(n_prompt=256), Row(n_prompt=512), Row(n_gen=64), Row(n_gen=64, depth=512))
N_CTX = 704
"""room for the largest row"""


def measure(
    model: Path, program: Path, wanted: Sequence[Row], rounds: int, loads: int
) -> dict[Row, Figures]:
    """Every row of every round, of each load; who begins changes from round to round.

    Of two workers of the same model one can stay several per cent faster for as long as both live,
    perhaps for the pages its weights came to lie in. So all are loaded several times, the one and
    the other first.
    """
    rows: dict[Row, Figures] = {row: {LLAMA: [], INSIDE: [], WORKER: []} for row in wanted}
    for load in range(loads):
        with ExitStack() as stack:
            engines: dict[str, Engine] = {}
            for name in (INSIDE, WORKER) if load % 2 == 0 else (WORKER, INSIDE):
                engines[name] = _opened(model, isolated=name == WORKER)
                stack.callback(engines[name].close)
            for row, figures in rows.items():
                machine.say(f"{row}, load {load + 1}")
                _in_turn(row, engines, program, model, rounds, figures)
    return rows


def _opened(model: Path, *, isolated: bool) -> Engine:
    options = EngineOptions(model, n_ctx=N_CTX, spec_type="none")  # llama-bench guesses nothing
    return open_engine(model, options=options, isolated=isolated)


def _in_turn(
    row: Row, engines: Mapping[str, Engine], program: Path, model: Path, rounds: int,
    figures: Figures,
) -> None:  # fmt: skip
    """Add so many rounds to the figures, in another order each."""
    threads = default_threads(read_cores())
    with LlamaBench(
        program, model, threads, n_prompt=row.n_prompt, n_gen=row.n_gen, depth=row.depth,
        turns=rounds,
    ) as bench:  # fmt: skip
        turns: dict[str, Callable[[], float]] = {LLAMA: bench.turn}
        for name in (INSIDE, WORKER):
            turns[name] = _turns_of(engines[name], row)
        orders = list(permutations(turns))
        for _ in range(rounds):
            for name in orders[len(figures[LLAMA]) % len(orders)]:
                figures[name].append(turns[name]())
            machine.say(" ".join(f"{name} {figures[name][-1]:.2f}" for name in turns))


def _turns_of(engine: Engine, row: Row) -> Callable[[], float]:
    """What measures one repetition, after what llama-bench does before each of its own: it reads
    such a prompt untimed, or writes one token. The first tokens after a rest of seconds are slow.

    Each prefill is of a new text, so that nothing is reused.
    """
    numbers = count()
    if row.n_prompt:

        def prefill() -> float:
            prefill_rate(engine, row.n_prompt, f"{next(numbers)} times")
            return prefill_rate(engine, row.n_prompt, f"{next(numbers)} times")

        return prefill
    prompt = prompt_of(engine, max(row.depth, 2), "deep")

    def decode() -> float:
        decode_rate(engine, raw_prompt(f"{next(numbers)} times"), 2)
        return decode_rate(engine, prompt, row.n_gen)

    return decode


def prompt_of(engine: Engine, n_tokens: int, first: str) -> Prompt:
    """A prompt of exactly so many tokens, unlike any that starts with another word."""
    words = [first]
    while engine.count(raw_prompt(" ".join(words))) < n_tokens:
        words += ["and", "so", "it", "goes"]
    text = " ".join(words)
    while engine.count(raw_prompt(text)) > n_tokens:
        text = text[:-1]
    return raw_prompt(text)


def prefill_rate(engine: Engine, n_tokens: int, first: str) -> float:
    """Tokens per second of a prompt of so many tokens that begins like no other."""
    prompt = prompt_of(engine, n_tokens, first)
    started = time.perf_counter()
    steps = list(engine.prefill(prompt))
    return (steps[-1].total - steps[0].cached) / (time.perf_counter() - started)


def decode_rate(engine: Engine, prompt: Prompt, n_predict: int) -> float:
    """Tokens per second after the first; llama-bench samples nothing, we do."""
    first, begun = 0.0, 0
    params = GenerateParams(n_predict=n_predict, sampling=GREEDY)
    for event in engine.generate(prompt, params):
        if isinstance(event, Chunk) and not first:
            first, begun = time.perf_counter(), event.n_tokens
        if isinstance(event, Done):
            return (event.usage.generated - begun) / (time.perf_counter() - first)
    raise AssertionError("a stream ends with Done")
