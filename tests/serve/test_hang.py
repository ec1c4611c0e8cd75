"""An engine that hangs, or that is given up, as clients of a server meet it."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from llamachat.engine.base import Chunk, Done, Event
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import EngineHung
from llamachat.serve.desk import Desk, Ended
from llamachat.serve.refusal import Refusal

PROMPT = raw_prompt("Once upon a time")
ALWAYS = SamplingParams(temp=0, ignore_eos=True)
SHORT, ENDLESS = GenerateParams(8, sampling=ALWAYS), GenerateParams(200, sampling=ALWAYS)


@pytest.fixture
async def desk(bob: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr("llamachat.engine.hang_watch.PATIENCE", 0.3)
    monkeypatch.setattr("llamachat.engine.supervisor.BACKOFF", (0.0, 0.0, 0.0))
    opened = Desk(lambda: ProcessEngine(EngineOptions(bob, n_ctx=256, threads=1)), queue=4)
    await opened.load()
    yield opened
    await opened.close(0)


async def ask(
    desk: Desk, client: str, number: signal.Signals | None = None, ended: Ended = lambda *end: None
) -> Event | None:
    """The last event of an answer; where a signal is named, the worker gets it in the middle."""
    engines: list[ProcessEngine] = []

    def begin(engine: ProcessEngine) -> Iterator[Event]:
        engines.append(engine)
        return engine.generate(PROMPT, ENDLESS if number else SHORT)

    last: Event | None = None
    async with desk.ask(client, begin, ended) as events:
        async for event in events:
            last = event
            if number and engines:
                os.kill(engines.pop().pid or 0, number)
            if number == signal.SIGSTOP:
                break  # the client leaves
    return last


async def test_the_queue_goes_on_where_a_worker_heeds_no_cancel(desk: Desk) -> None:
    ends: list[object] = []
    await ask(desk, "leaves", signal.SIGSTOP, lambda last, fault: ends.append(last))
    assert not ends, "it is not over for the engine"
    last = await ask(desk, "waits")
    assert isinstance(last, Done)
    assert last.reason == "length"
    (hung,) = ends
    assert isinstance(hung, Done)
    assert isinstance(hung.fault, EngineHung)


async def test_what_nobody_read_any_more_is_counted_all_the_same(desk: Desk) -> None:
    ends: list[object] = []
    async with desk.ask(
        "leaves", lambda engine: engine.generate(PROMPT, ENDLESS), lambda last, _: ends.append(last)
    ) as events:
        async for event in events:
            if isinstance(event, Chunk):
                break
    await ask(desk, "waits")
    (cancelled,) = ends
    assert isinstance(cancelled, Done)
    assert cancelled.reason == "cancelled"
    assert 0 < cancelled.usage.generated < ENDLESS.n_predict


async def test_an_engine_that_is_given_up_is_said_to_be_until_it_may_be_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.check()
    for _ in range(3):
        await ask(desk, "kills", signal.SIGKILL)
    with pytest.raises(Refusal, match="too often") as refused:
        desk.check()
    assert refused.value.status == 503
    assert 0 < int(refused.value.headers["retry-after"]) <= 30
    with pytest.raises(Refusal, match="too often"):
        await ask(desk, "asks")
    monkeypatch.setattr("llamachat.serve.desk.PARDON", 0.0)
    desk.check()
    assert isinstance(await ask(desk, "asks"), Done)
    desk.check()
