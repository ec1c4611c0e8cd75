"""A crash of the worker is an event: words, what was said so far, and the next message works."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from llamachat.engine import supervisor
from llamachat.engine.base import Chunk, Done, Event, Prefilled
from llamachat.engine.child import Child, log_path
from llamachat.engine.ladder import Ladder
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import EngineDied, LlamaChatError
from tests.engine.answers import GREEDY, PROMPT, done_of, run, text_of

LONG = raw_prompt("and then it went on and on, without an end in sight; " * 60)
N_CTX = 4096


@pytest.fixture
def engine(slow_model: Path) -> Iterator[ProcessEngine]:
    with ProcessEngine(EngineOptions(slow_model, n_ctx=N_CTX, threads=2)) as opened:
        yield opened


@pytest.fixture
def quick(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessEngine]:
    """A small model, and no waiting between restarts."""
    monkeypatch.setattr(supervisor, "BACKOFF", (0.0, 0.0, 0.0))
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as opened:
        yield opened


def kill(engine: ProcessEngine, number: int = signal.SIGKILL) -> int:
    pid = engine.pid
    assert pid is not None
    os.kill(pid, number)
    return pid


def die(engine: ProcessEngine, number: int = signal.SIGKILL, *, after: int = 1) -> list[Event]:
    """All events of an answer in whose middle the worker gets a signal."""
    events: list[Event] = []
    for event in engine.generate(PROMPT, GenerateParams(200, sampling=GREEDY)):
        events.append(event)
        if sum(isinstance(e, Chunk) for e in events) == after and isinstance(event, Chunk):
            kill(engine, number)
    return events


def fault_of(events: list[Event]) -> LlamaChatError:
    done = done_of(events)
    assert done.reason == "died"
    assert done.fault is not None
    return done.fault


def test_a_kill_in_the_middle_of_prefill_is_told_and_the_next_message_works(
    engine: ProcessEngine,
) -> None:
    expected = text_of(run(engine))
    events: list[Event] = []
    for event in engine.generate(LONG, GenerateParams(5, sampling=GREEDY)):
        events.append(event)
        if isinstance(event, Prefilled) and 0 < event.done < event.total and engine.pid:
            kill(engine)
    assert "SIGKILL" in fault_of(events).message
    assert not any(isinstance(event, Chunk) for event in events)
    assert text_of(run(engine)) == expected


def test_a_kill_in_the_middle_of_decode_keeps_what_was_said(engine: ProcessEngine) -> None:
    whole = text_of(run(engine, n=100))
    first = engine.pid
    events = die(engine)
    fault = fault_of(events)
    assert isinstance(fault, EngineDied)
    assert fault.signal == signal.SIGKILL
    assert "SIGKILL" in fault.message
    assert fault.hint
    assert text_of(events)
    assert whole.startswith(text_of(events))
    assert text_of(run(engine, n=100)) == whole
    assert engine.pid != first
    assert psutil.Process().children() == [psutil.Process(engine.pid)]


@pytest.mark.parametrize(
    "number", [signal.SIGILL, pytest.param(signal.SIGSEGV, marks=pytest.mark.slow)]
)
def test_a_processor_fault_lowers_the_rung_and_says_so(
    tiny: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "BACKOFF", (0.0, 0.0, 0.0))
    with open_engine(tiny, options=EngineOptions(tiny, n_ctx=256, threads=1)) as engine:
        assert isinstance(engine, ProcessEngine)
        assert engine.info.rung == "fast"
        fault = fault_of(die(engine, number))
        assert signal.Signals(number).name in fault.message
        assert "without the fast kernels" in fault.hint
        assert done_of(run(engine)).reason == "length"
        assert engine.info.rung == "plain"
    with open_engine(tiny, options=EngineOptions(tiny, n_ctx=256, threads=1)) as again:
        assert again.info.rung == "plain"


def test_a_kill_is_no_fault_of_the_processor(quick: ProcessEngine) -> None:
    fault_of(die(quick))
    run(quick)
    assert quick.info.rung == "fast"


def test_three_crashes_in_a_row_are_the_end_until_somebody_asks_again(
    quick: ProcessEngine,
) -> None:
    for _ in range(3):
        assert "SIGKILL" in fault_of(die(quick)).message
    for _ in range(2):
        fault = fault_of(run(quick))
        assert "3 times in a row" in fault.message
        assert "llamachat doctor" in fault.hint
        with pytest.raises(EngineDied, match="3 times in a row"):
            quick.count(PROMPT)
    assert quick.pid is None
    quick.reset_crashes()
    assert done_of(run(quick)).reason == "length"


def test_crashes_with_answers_between_them_are_not_in_a_row(quick: ProcessEngine) -> None:
    for _ in range(5):
        fault_of(die(quick))
        assert done_of(run(quick)).reason == "length"


def test_a_worker_that_died_unnoticed_is_replaced_without_a_word(quick: ProcessEngine) -> None:
    expected = text_of(run(quick))
    for ask in (partial(run, quick), partial(quick.count, PROMPT)):
        psutil.Process(kill(quick)).wait()
        assert ask()
    assert text_of(run(quick)) == expected


def test_each_restart_in_a_row_waits_longer(
    quick: ProcessEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(supervisor, "BACKOFF", (0.0, 0.25, 1.0))
    monkeypatch.setattr(supervisor, "sleep", waited.append)
    for _ in range(3):
        fault_of(die(quick))
    assert waited == [0.25, 1.0]


def test_a_rung_that_dies_while_loading_is_lowered_at_once(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "BACKOFF", (0.0, 0.0, 0.0))
    ladder = Ladder((), {}, key="test")

    def kill_the_first(options: EngineOptions) -> Child:
        child = Child(options)
        if options.extra_buffers:
            os.kill(child.pid, signal.SIGILL)
        return child

    monkeypatch.setattr(supervisor, "Child", kill_the_first)
    options = EngineOptions(tiny, n_ctx=256, threads=1)
    after_death = partial(ladder.after_death, {"q4_0"})
    with ProcessEngine(options, on_death=after_death) as engine:
        assert engine.info.rung == "plain"
        assert done_of(run(engine)).reason == "length"
    assert "SIGILL" in ladder.lowered["q4_0"]


def test_an_assertion_of_llama_cpp_is_quoted(quick: ProcessEngine) -> None:
    """The worker's log holds llama.cpp's last words; SIGABRT alone would say nothing."""
    with log_path().open("a") as log:
        log.write("/somewhere/ggml/src/ggml.c:12: GGML_ASSERT(a == b) failed\n")
    fault = fault_of(die(quick, signal.SIGABRT))
    assert "ggml.c:12: GGML_ASSERT(a == b) failed" in fault.message


def test_no_event_follows_done_and_there_is_always_one(quick: ProcessEngine) -> None:
    for after in (1, 2, 3):
        events = die(quick, after=after)
        assert isinstance(events[-1], Done)
        assert sum(isinstance(event, Done) for event in events) == 1
        run(quick)
