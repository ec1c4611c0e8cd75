"""How long a prompt that is being read takes to stop, and what a draft costs a message.

Stops come at a random moment of a prompt of 1,900 tokens. A message of a few words is sent to an
engine that does nothing and to one that is reading a draft, in turns: the difference is what the
draft cost it, to be held against one small batch of a draft. A part of `scripts.bench.fast`.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llamachat.engine.base import Done, Engine, Prefilled
from llamachat.engine.llama.prefill import DRAFT_TOKENS
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.prompt import Prompt, raw_prompt
from scripts.bench import machine
from scripts.bench.figures import Report, Row, Target, bar
from scripts.bench.plot import bars
from scripts.bench.spoken import words_of

TOKENS = 1900
MOST = 4.0
"""seconds before a stop"""
MESSAGE = raw_prompt("Tell me the time, please.")
STOP, ALONE, AMID = "stop while a prompt is read", "a message, nothing read", "amid a draft"
DELAY, BATCH = "what the draft cost it", f"a batch of {DRAFT_TOKENS} tokens"
LIMIT = 1.0
"""seconds for the worst stop"""


def measure(model: Path, rounds: int) -> Report:
    chance = random.Random(7)
    options = EngineOptions(model, n_ctx=TOKENS + 128)
    with open_engine(model, options=options) as engine:
        long = raw_prompt(words_of(engine, TOKENS, 3))
        forget(engine)
        last = min(MOST, 0.8 * TOKENS * seconds_a_token(engine))
        figures: dict[str, list[float]] = {name: [] for name in (STOP, ALONE, AMID, DELAY, BATCH)}
        for number in range(1, rounds + 1):
            machine.say(f"stop: round {number} of {rounds}")
            figures[STOP].append(stopped(engine, long, chance.uniform(0.1 * last, last)))
            figures[BATCH].append(small_batch(engine, long))
            figures[ALONE].append(alone := answered(engine))
            with drafting(engine, long):
                time.sleep(chance.uniform(0, figures[BATCH][-1]))
                figures[AMID].append(amid := answered(engine, forgotten=True))
            figures[DELAY].append(amid - alone)
    rows = [
        Row(STOP, figures[STOP], target=Target(LIMIT, "worst")),
        Row(ALONE, figures[ALONE], colour=1),
        Row(AMID, figures[AMID], base=figures[ALONE]),
        Row(DELAY, figures[DELAY], base=figures[BATCH], target=Target(1.0)),
        Row(BATCH, figures[BATCH], colour=1),
    ]
    about = f"{rounds} rounds; stops after {0.1 * last:.2f} to {last:.2f} s of a long prompt."
    plot = bars("Stopping", [bar(row) for row in rows], unit="s")
    return Report("Stopping", about, rows, {"stop": plot})


def forget(engine: Engine) -> None:
    """What was read before is of no use to what comes."""
    list(engine.prefill(raw_prompt("something else")))


def seconds_a_token(engine: Engine) -> float:
    prompt = raw_prompt(words_of(engine, 256, 9))
    began = time.perf_counter()
    total = list(engine.prefill(prompt))[-1].total
    return (time.perf_counter() - began) / total


def stopped(engine: Engine, prompt: Prompt, after: float) -> float:
    """Seconds from a stop to the end of the stream."""
    forget(engine)
    told: list[float] = []

    def stop() -> None:
        told.append(time.perf_counter())
        engine.cancel()

    timer = threading.Timer(after, stop)
    timer.start()
    for event in engine.generate(prompt, GenerateParams(1)):
        if isinstance(event, Done):
            ended = time.perf_counter()
            assert event.reason == "cancelled", "it was read before the stop came"
    timer.join()
    return ended - told[0]


def small_batch(engine: Engine, prompt: Prompt) -> float:
    """Seconds from the asking to the end of the first batch of a draft."""
    forget(engine)
    ended: list[float] = []

    def hear(step: Prefilled) -> None:
        if step.done > step.cached and not ended:
            ended.append(time.perf_counter())
            engine.cancel()

    began = time.perf_counter()
    engine.prepare(prompt, hear)
    return ended[0] - began


def answered(engine: Engine, *, forgotten: bool = False) -> float:
    if not forgotten:
        forget(engine)
    began = time.perf_counter()
    list(engine.generate(MESSAGE, GenerateParams(1)))
    return time.perf_counter() - began


@contextmanager
def drafting(engine: Engine, prompt: Prompt) -> Iterator[None]:
    """A draft is being read from here on, its first batch done, until it gives way."""
    forget(engine)
    begun = threading.Event()

    def hear(step: Prefilled) -> None:
        if step.done > step.cached:
            begun.set()

    thread = threading.Thread(target=lambda: engine.prepare(prompt, hear))
    thread.start()
    assert begun.wait(60)
    yield
    thread.join()
