"""Cancel reaches prefill as well as decode, and what stays in the cache is what the log says."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from llamachat.engine.base import Chunk, Event, Prefilled
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from tests.engine.answers import GREEDY, TOLERANCE, done_of, largest_difference, run, text_of

LONG = raw_prompt("and then it went on and on, without an end in sight; " * 14)
ENDLESS = GenerateParams(2000, sampling=GREEDY)

PROMPTLY = 0.5
"""seconds from a cancel to the end of the stream; measured: 1 to 12 ms in prefill and decode"""


def options(model: Path) -> EngineOptions:
    """Small micro-batches, so that some are finished when a cancel comes."""
    return EngineOptions(model, n_ctx=1024, n_ubatch=64, threads=2)


@pytest.fixture(params=[LlamaEngine, ProcessEngine])
def engine(
    request: pytest.FixtureRequest, slow_model: Path
) -> Iterator[LlamaEngine | ProcessEngine]:
    with request.param(options(slow_model)) as opened:
        yield opened


@dataclass(frozen=True)
class Expected:
    """What an engine that was never disturbed says."""

    prompt: list[int]
    text: str
    logits: tuple[float, ...]


@pytest.fixture(scope="module")
def expected(slow_model: Path) -> Expected:
    with LlamaEngine(options(slow_model)) as fresh:
        text = text_of(run(fresh, LONG, 8))
        return Expected(fresh.vocab.tokenize(LONG).ids, text, fresh.inspect().logits)


def cancelled(
    engine: LlamaEngine | ProcessEngine, moment: Callable[[Event], bool]
) -> tuple[list[Event], float]:
    """Events of a long answer that another thread cancels 3 ms after the first event of that kind,
    in the middle of the next batch, and the seconds it took to end."""
    asked: list[float] = []

    def cancel() -> None:
        asked.append(time.perf_counter())
        engine.cancel()

    timer, events = threading.Timer(0.003, cancel), []
    for event in engine.generate(LONG, ENDLESS):
        events.append(event)
        if moment(event) and timer.ident is None:
            timer.start()
    timer.join()
    return events, time.perf_counter() - asked[0]


def evaluated(tokens: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Prefilled) and event.done >= tokens


@pytest.mark.parametrize("after", [0, 192])
def test_a_cancel_ends_prefill_promptly_and_in_the_middle(
    engine: LlamaEngine | ProcessEngine, after: int
) -> None:
    events, took = cancelled(engine, evaluated(after))
    done = done_of(events)
    assert done.reason == "cancelled"
    assert done.usage.generated == 0
    last = [event for event in events if isinstance(event, Prefilled)][-1]
    assert last.done < last.total
    print(f"prefill ended {took * 1000:.0f} ms after the cancel, at {last.done} of {last.total}")
    assert took < PROMPTLY


def test_a_cancel_ends_decode_promptly_and_keeps_what_was_said(
    engine: LlamaEngine | ProcessEngine,
) -> None:
    events, took = cancelled(engine, lambda event: isinstance(event, Chunk))
    done = done_of(events)
    assert done.reason == "cancelled"
    assert done.usage.generated > 0
    assert text_of(events)
    print(f"decode ended {took * 1000:.0f} ms after the cancel")
    assert took < PROMPTLY


@pytest.mark.parametrize("after", [0, 64, 320])
def test_the_cache_after_a_cancelled_prefill_is_a_true_beginning_of_the_prompt(
    engine: LlamaEngine | ProcessEngine, expected: Expected, after: int
) -> None:
    cancelled(engine, evaluated(after))
    held = engine.inspect().tokens
    assert list(held) == expected.prompt[: len(held)]
    events = run(engine, LONG, 8)
    assert done_of(events).usage.cached == len(held)
    largest = largest_difference(engine.inspect().logits, expected.logits)
    print(f"largest difference of a logit after a cancel at {len(held)} tokens: {largest:.2g}")
    assert largest < TOLERANCE
    assert text_of(events) == expected.text


def test_a_cancel_before_the_first_event_counts(engine: LlamaEngine | ProcessEngine) -> None:
    stream = engine.generate(LONG, ENDLESS)
    engine.cancel()
    started = time.perf_counter()
    assert done_of(list(stream)).reason == "cancelled"
    assert time.perf_counter() - started < PROMPTLY


def test_a_cancelled_prefill_alone_ends_without_an_error(
    engine: LlamaEngine | ProcessEngine,
) -> None:
    steps = []
    for step in engine.prefill(LONG):
        steps.append(step)
        engine.cancel()
    assert steps[-1].done < steps[-1].total
    assert done_of(run(engine)).reason == "length"
