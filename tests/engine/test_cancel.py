"""Cancel reaches prefill as well as decode, and what stays in the cache is what the log says."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from llamachat.engine.base import Chunk, Event, Prefilled
from llamachat.engine.context import Tokens
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.library import bindings
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from tests.engine.answers import GREEDY, TOLERANCE, done_of, largest_difference, run, text_of
from tests.engine.conftest import OpenModel

LONG = raw_prompt("and then it went on and on, without an end in sight; " * 14)
ENDLESS = GenerateParams(2000, sampling=GREEDY)

PROMPTLY = 0.5
"""seconds from a cancel to the end of the stream; measured: 1 to 12 ms in prefill and decode"""


def options(model: Path) -> EngineOptions:
    """Small micro-batches, so that some are finished when a cancel comes."""
    return EngineOptions(model, n_ctx=1024, n_ubatch=64, threads=2)


@pytest.fixture(params=[LlamaEngine, ProcessEngine], scope="module")
def lasting(
    request: pytest.FixtureRequest, slow_model: Path
) -> Iterator[LlamaEngine | ProcessEngine]:
    with request.param(options(slow_model)) as opened:
        yield opened


@pytest.fixture
def engine(lasting: LlamaEngine | ProcessEngine) -> LlamaEngine | ProcessEngine:
    """Its cache holds nothing of what is asked here."""
    list(lasting.prefill(raw_prompt("Nothing of what follows begins like this.")))
    return lasting


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


@pytest.mark.parametrize(
    "after", [64, *(pytest.param(after, marks=pytest.mark.slow) for after in (0, 320))]
)
def test_the_cache_after_a_cancelled_prefill_is_a_true_beginning_of_the_prompt(
    engine: LlamaEngine | ProcessEngine, expected: Expected, after: int
) -> None:
    cancelled(engine, evaluated(after))
    n_prompt = len(expected.prompt)
    held = engine.inspect().tokens[:n_prompt]  # on a busy machine the cancel may come behind it
    assert list(held) == expected.prompt[: len(held)]
    events = run(engine, LONG, 8)
    assert done_of(events).usage.cached == min(len(held), n_prompt - 1)
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


def test_a_cancel_while_a_worker_is_started_again_counts(slow_model: Path) -> None:
    with ProcessEngine(options(slow_model)) as engine:
        pid = engine.pid or 0
        assert pid
        os.kill(pid, signal.SIGKILL)
        while engine.pid == pid:
            time.sleep(0.001)
        timer = threading.Timer(0.02, engine.cancel)
        timer.start()
        assert done_of(list(engine.generate(LONG, ENDLESS))).reason == "cancelled"
        timer.join()


@pytest.mark.parametrize("finished", [0, 1, 3])
def test_micro_batches_that_were_finished_before_a_stop_stay_in_the_log(
    open_model: OpenModel, finished: int
) -> None:
    """Of 200 tokens in micro-batches of 32, stopped in the middle of one."""
    engine = open_model(n_ctx=256, n_ubatch=32)
    tokens = engine.vocab.tokenize(LONG).slice(0, 200)
    nodes = asked_nodes(engine, tokens.slice(0, 32))
    stopping = CountingCheck(engine, stop_after=int((finished + 0.5) * nodes))
    assert not engine.cache.decode(tokens)
    stopping.remove()
    held = engine.cache.log
    assert held == tokens.slice(0, 32 * finished)
    assert engine.cache.decode(tokens.slice(len(held)))
    found = engine.inspect().logits
    engine.cache.clear()
    assert engine.cache.decode(tokens)
    assert largest_difference(found, engine.inspect().logits) < TOLERANCE


class CountingCheck:
    """An abort check that counts how often llama.cpp asks, and stops it after a while."""

    def __init__(self, engine: LlamaEngine, *, stop_after: int) -> None:
        self.asked = 0
        self._stop_after = stop_after
        self._loaded = engine._loaded
        self._check = bindings().ggml_abort_callback(self._ask)
        bindings().llama_set_abort_callback(self._loaded.context, self._check, None)

    def _ask(self, _data: object) -> bool:
        self.asked += 1
        return self.asked > self._stop_after

    def remove(self) -> None:
        loaded = self._loaded
        bindings().llama_set_abort_callback(loaded.context, loaded.abort_check, loaded.stop)


def asked_nodes(engine: LlamaEngine, tokens: Tokens) -> int:
    """How often llama.cpp asks during one micro-batch."""
    counting = CountingCheck(engine, stop_after=1 << 60)
    engine.cache.decode(tokens)
    counting.remove()
    engine.cache.clear()
    return counting.asked


def test_a_cancelled_prefill_alone_ends_without_an_error(
    engine: LlamaEngine | ProcessEngine,
) -> None:
    steps = []
    for step in engine.prefill(LONG):
        steps.append(step)
        engine.cancel()
    assert steps[-1].done < steps[-1].total
    assert done_of(run(engine)).reason == "length"
