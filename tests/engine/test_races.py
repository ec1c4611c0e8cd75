"""Cancel, close and drop at any moment, from any thread: one Done, no hang, nothing freed early."""

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llamachat.engine.base import Chunk, Done, Engine, Event, Prefilled
from llamachat.engine.llama import prefill
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import EngineError, UsageError
from tests.engine.answers import GREEDY, PROMPT, done_of, run, text_of

LONG = raw_prompt("and then it went on and on, without an end in sight; " * 60)
ENDLESS = GenerateParams(200, sampling=GREEDY)
KINDS: list[type[LlamaEngine] | type[ProcessEngine]] = [LlamaEngine, ProcessEngine]


@pytest.fixture(params=KINDS, scope="module")
def engine(
    request: pytest.FixtureRequest, generated: Callable[[str], Path]
) -> Iterator[LlamaEngine | ProcessEngine]:
    """Whatever is done to it, the next test finds it ready."""
    with request.param(EngineOptions(generated("q4_0"), n_ctx=256, threads=1)) as opened:
        yield opened


@pytest.fixture(params=KINDS)
def closing(request: pytest.FixtureRequest, tiny: Path) -> Iterator[LlamaEngine | ProcessEngine]:
    """May be closed."""
    with request.param(EngineOptions(tiny, n_ctx=256, threads=1)) as opened:
        yield opened


@pytest.fixture(params=KINDS, scope="module")
def closed(request: pytest.FixtureRequest, generated: Callable[[str], Path]) -> Engine:
    opened: Engine = request.param(EngineOptions(generated("q4_0"), n_ctx=256, threads=1))
    opened.close()
    return opened


@pytest.fixture(params=KINDS)
def slow(request: pytest.FixtureRequest, slow_model: Path) -> Iterator[LlamaEngine | ProcessEngine]:
    with request.param(EngineOptions(slow_model, n_ctx=4096, threads=2)) as opened:
        yield opened


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_cancel_at_the_moment_of_done_does_not_reach_the_next_answer(engine: Engine) -> None:
    expected = text_of(run(engine, n=4))
    for delay in range(0, 60, 2):
        thread = threading.Timer(delay * 5e-5, engine.cancel)
        thread.start()
        assert done_of(run(engine, n=4)).reason in ("length", "cancelled")
        thread.join()
        events = run(engine, n=4)
        assert (done_of(events).reason, text_of(events)) == ("length", expected)


def test_any_number_of_cancels_is_one_cancel(engine: Engine) -> None:
    over = threading.Event()

    def hammer() -> None:
        while not over.is_set():
            engine.cancel()

    thread = in_thread(hammer)
    reasons = {done_of(run(engine, n=20)).reason for _ in range(12)}
    over.set()
    thread.join()
    assert reasons <= {"cancelled", "length"}
    assert done_of(run(engine, n=20)).reason == "length"


def test_of_two_threads_one_is_refused_and_the_other_answered(engine: Engine) -> None:
    expected = text_of(run(engine, n=6))
    outcomes: list[str] = []

    def ask() -> None:
        for _ in range(15):
            try:
                outcomes.append(text_of(run(engine, n=6)))
            except EngineError as refusal:
                outcomes.append(refusal.message)

    threads = [in_thread(ask) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {expected, "The engine is still answering."}
    assert expected in outcomes
    assert text_of(run(engine, n=6)) == expected


@pytest.mark.parametrize("read", [0, 1, 3])
def test_a_stream_that_is_dropped_frees_the_engine(engine: Engine, read: int) -> None:
    expected = text_of(run(engine))
    stream = engine.generate(PROMPT, ENDLESS)
    for _ in range(read):
        next(stream)
    del stream
    gc.collect()
    assert text_of(run(engine)) == expected
    steps = engine.prefill(PROMPT)
    del steps
    gc.collect()
    assert text_of(run(engine)) == expected


def test_a_refused_request_does_not_leave_the_engine_busy(engine: Engine) -> None:
    for prompt, stop in ((PROMPT, ("",)), (raw_prompt("word " * 900), ("User:",))):
        with pytest.raises(UsageError):
            engine.generate(prompt, GenerateParams(stop=stop))
    assert done_of(run(engine)).reason == "length"


@pytest.mark.parametrize("moment", [Prefilled, Chunk])
def test_close_from_another_thread_ends_a_stream(slow: Engine, moment: type[Event]) -> None:
    events: list[Event] = []
    threads: list[threading.Thread] = []
    for event in slow.generate(LONG if moment is Prefilled else PROMPT, ENDLESS):
        events.append(event)
        if not threads and isinstance(event, moment):
            threads.append(in_thread(slow.close))
    threads[0].join()
    assert done_of(events).reason == "cancelled"
    assert done_of(events).usage.generated < 200
    with pytest.raises(EngineError, match="closed"):
        slow.generate(PROMPT, ENDLESS)


def test_close_in_the_middle_of_a_stream_ends_it(closing: Engine) -> None:
    stream = closing.generate(PROMPT, ENDLESS)
    events = [next(stream) for _ in range(4)]
    closing.close()
    events += stream
    assert done_of(events).reason == "cancelled"
    assert len(events) < 100


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine, path: engine.count(PROMPT),
        lambda engine, path: engine.prefill(PROMPT),
        lambda engine, path: engine.generate(PROMPT, ENDLESS),
        lambda engine, path: engine.snapshot(path, "key"),
        lambda engine, path: engine.restore(path, "key"),
    ],
)
def test_a_closed_engine_refuses_everything(
    closed: Engine, tmp_path: Path, ask: Callable[[Engine, Path], object]
) -> None:
    closed.close()
    closed.cancel()
    with pytest.raises(EngineError, match="closed"):
        ask(closed, tmp_path / "kv")
    assert closed.info.n_ctx == 256


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine, path: engine.prefill(PROMPT),
        lambda engine, path: engine.generate(PROMPT, ENDLESS),
        lambda engine, path: engine.snapshot(path, "key"),
        lambda engine, path: engine.restore(path, "key"),
    ],
)
def test_a_busy_engine_refuses_what_would_disturb_the_answer(
    engine: Engine, tmp_path: Path, ask: Callable[[Engine, Path], object]
) -> None:
    whole = text_of(run(engine, n=60))
    stream = engine.generate(PROMPT, GenerateParams(60, sampling=GREEDY))
    events = [next(stream) for _ in range(4)]
    with pytest.raises(EngineError, match="still answering"):
        ask(engine, tmp_path / "kv")
    events += stream
    assert text_of(events) == whole


def test_an_interrupt_in_the_middle_leaves_the_engine_usable(slow: Engine) -> None:
    """Ctrl+C as Python delivers it: an exception wherever the main thread happens to be."""
    expected = text_of(run(slow))

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGUSR1, interrupt)
    try:
        for delay in (0.02, 0.1, 0.3):
            timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGUSR1))
            with pytest.raises(KeyboardInterrupt):
                timer.start()
                list(slow.generate(LONG, ENDLESS))
            timer.join()
            assert text_of(run(slow)) == expected
    finally:
        signal.signal(signal.SIGUSR1, former)


def test_close_waits_for_a_watched_batch(slow_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch runs in a thread of its own, inside llama.cpp, while the stream stands still."""
    monkeypatch.setattr(prefill, "WATCHED", 0)
    engine = LlamaEngine(EngineOptions(slow_model, n_ctx=4096, threads=2))
    stream = engine.generate(LONG, ENDLESS)
    events = [next(stream) for _ in range(3)]
    engine.close()
    events += stream
    assert isinstance(events[-1], Done)
    assert done_of(events).reason == "cancelled"
