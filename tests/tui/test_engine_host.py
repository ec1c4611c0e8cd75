"""One engine at a time: others are given up, and who answers waits for what is being counted."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from textual.message import Message

from llamachat.bundled import BOB
from llamachat.engine import supervisor
from llamachat.engine.base import Engine
from llamachat.engine.child import Child
from llamachat.engine.params import EngineOptions
from llamachat.engine.prompt import Prompt, raw_prompt
from llamachat.tui.engine_host import EngineHost

pytestmark = pytest.mark.usefixtures("quick")

Kind = TypeVar("Kind", bound=Message)


class Host(EngineHost):
    """Keeps what it posts."""

    def __init__(self) -> None:
        super().__init__(self.note)
        self.posted: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def note(self, message: Message) -> None:
        self.posted.put(message)

    def wait_for(self, kind: type[Kind]) -> Kind:
        while not isinstance(message := self.posted.get(timeout=20), kind):
            assert not isinstance(message, EngineHost.Failed)
        return message


@pytest.fixture
def host() -> Iterator[Host]:
    opened = Host()
    yield opened
    opened.close()


def options(model: Path) -> EngineOptions:
    return EngineOptions(model, threads=1)


def test_a_model_that_nobody_wants_any_more_is_given_up_before_the_next_is_loaded(
    babbler: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers: list[Child] = []
    beside: list[list[bool]] = []

    class Watched(Child):
        def __init__(self, options: EngineOptions) -> None:
            beside.append([worker.alive for worker in workers])
            super().__init__(options)
            workers.append(self)

    def note(message: Message) -> None:
        host.posted.put(message)
        if isinstance(message, EngineHost.Loading) and len(workers) == 1 and not asked.is_set():
            asked.set()
            host.open(options(BOB))

    asked = threading.Event()
    monkeypatch.setattr(supervisor, "Child", Watched)
    monkeypatch.setattr(host, "_post", note)
    host.open(options(babbler))
    assert host.wait_for(EngineHost.Ready).info.path == str(BOB)
    assert beside == [[], [False]]
    assert workers[1].alive


def test_who_answers_waits_until_a_prompt_is_counted(host: Host) -> None:
    host.open(options(BOB))
    host.wait_for(EngineHost.Ready)
    begun, go_on = threading.Event(), threading.Event()

    def slowly(_engine: Engine) -> Prompt:
        begun.set()
        assert go_on.wait(20)
        return raw_prompt("Hello")

    def passed_over(_engine: Engine) -> Prompt:
        return raw_prompt("not counted: another one is wanted by now")

    def last(_engine: Engine) -> Prompt:
        return raw_prompt("Hello, you there")

    host.count(slowly)
    assert begun.wait(20)
    host.count(passed_over)
    host.count(last)
    waiting = threading.Thread(target=host.wait, args=(lambda: False,))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    go_on.set()
    first, second = (host.wait_for(EngineHost.Counted) for _ in range(2))
    waiting.join(20)
    assert (first.prompt_of, second.prompt_of) == (slowly, last)
    assert 0 < first.tokens < second.tokens
