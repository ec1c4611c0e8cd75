"""A worker that heeds no cancel: whoever waits for it is released, and the next message works."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.engine.base import Chunk, Event
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import EngineDied, LlamaChatError, PromptTooLong
from tests.engine.answers import GREEDY, PROMPT, done_of, run, text_of

PATIENCE = 0.5
LONG = GenerateParams(200, sampling=GREEDY)
TOO_LARGE = raw_prompt("word " * 100_000)
"""for the buffer of a pipe, and for the context"""


@pytest.fixture
def engine(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessEngine]:
    monkeypatch.setattr("llamachat.engine.hang_watch.PATIENCE", PATIENCE)
    with ProcessEngine(EngineOptions(tiny, n_ctx=512, threads=1)) as opened:
        yield opened


def stop(engine: ProcessEngine) -> int:
    """It hangs from now on, as far as anybody can tell."""
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_a_cancel_that_is_not_heeded_ends_the_worker_and_the_answer(engine: ProcessEngine) -> None:
    expected, hung = text_of(run(engine)), 0
    events: list[Event] = []
    for event in engine.generate(PROMPT, LONG):
        events.append(event)
        if isinstance(event, Chunk) and not hung:
            hung = stop(engine)
            engine.cancel()
    done = done_of(events)
    assert done.reason == "died"
    assert isinstance(done.fault, EngineDied)
    assert "heeded no cancel" in done.fault.message
    assert text_of(run(engine)) == expected
    assert engine.pid != hung


def test_a_stream_that_is_dropped_waits_for_no_worker_that_hangs(engine: ProcessEngine) -> None:
    stream = engine.generate(PROMPT, LONG)
    next(stream)
    stop(engine)
    del stream
    assert done_of(run(engine)).reason == "length"


def test_a_cancel_never_waits_for_a_worker_that_reads_nothing(engine: ProcessEngine) -> None:
    """Whoever cancels draws the screen, or serves all other clients."""
    ended: list[LlamaChatError | None] = []

    def ask() -> None:
        try:
            run(engine, TOO_LARGE)
            ended.append(None)
        except PromptTooLong as error:  # from the next worker, which got the request anew
            ended.append(error)

    stop(engine)
    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.1)
    began = time.monotonic()
    engine.cancel()
    assert time.monotonic() - began < 0.1
    asking.join(20)
    assert len(ended) == 1
    assert done_of(run(engine)).reason == "length"


def test_a_worker_that_is_silent_is_left_alone_until_it_is_cancelled(engine: ProcessEngine) -> None:
    expected = text_of(run(engine))
    pid = stop(engine)
    threading.Timer(3 * PATIENCE, os.kill, (pid, signal.SIGCONT)).start()
    assert text_of(run(engine)) == expected
    assert engine.pid == pid
