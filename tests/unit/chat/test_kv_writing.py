"""A chat to which somebody comes back before it is on disk: waited for as long as it is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from llamachat.chat import kv_writing
from llamachat.chat.kv_keeper import KvKeeper
from llamachat.chat.kv_store import KvStore
from llamachat.engine.scripted import ScriptedEngine
from llamachat.engine.scripted_state import write_state
from tests.unit.chat.test_kv_keeper import FIRST, MANY, OTHERS, SECOND, read


class Late(ScriptedEngine):
    """Writes a state a moment after it was asked to; its copy may die instead."""

    def __init__(self, seconds: float, *, dies: bool = False) -> None:
        super().__init__([])
        self._seconds = seconds
        self._dies = dies
        self._copies: list[threading.Timer] = []

    def close(self) -> None:
        super().close()
        for copy in self._copies:
            copy.cancel()
            copy.join()

    def snapshot(self, path: Path, key: str, *, wait: bool = True, leaving: bool = False) -> int:
        log = list(zip(self._script.spell(self._log.ids), self._log.turns, strict=True))
        unfinished = path.with_name(f".{path.name}.1.part")
        unfinished.touch()

        def write() -> None:
            unfinished.unlink()
            if not self._dies:
                write_state(path, key, log)

        self._copies.append(threading.Timer(self._seconds, write))
        self._copies[-1].start()
        return len(log)


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KvKeeper:
    monkeypatch.setattr(kv_writing, "BEGINNING", 0.05)
    return KvKeeper(KvStore(tmp_path, budget=1 << 30))


@pytest.fixture
def late() -> Iterator[Callable[..., Late]]:
    with ExitStack() as stack:
        yield lambda *how, **more: stack.enter_context(closing(Late(*how, **more)))


def left(keeper: KvKeeper, engine: ScriptedEngine) -> None:
    """Two chats, the first of which has just been left."""
    read(engine, keeper, FIRST)
    read(engine, keeper, SECOND, OTHERS)


def test_it_comes_back_whole(keeper: KvKeeper, late: Callable[..., Late]) -> None:
    engine = late(0.3)
    left(keeper, engine)
    assert keeper.open(engine, FIRST) == engine.count(MANY)


def test_nobody_waits_for_a_copy_that_died(keeper: KvKeeper, late: Callable[..., Late]) -> None:
    engine, began = late(0.2, dies=True), time.monotonic()
    left(keeper, engine)
    assert keeper.open(engine, FIRST) == 0
    assert time.monotonic() - began < kv_writing.PATIENCE / 2


def test_nobody_waits_for_ever(
    keeper: KvKeeper, late: Callable[..., Late], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kv_writing, "PATIENCE", 0.1)
    engine, began = late(5.0), time.monotonic()
    left(keeper, engine)
    assert keeper.open(engine, FIRST) == 0
    assert time.monotonic() - began < 3


def test_other_chats_do_not_wait(keeper: KvKeeper, late: Callable[..., Late]) -> None:
    engine, began = late(5.0), time.monotonic()
    left(keeper, engine)
    keeper.open(engine, SECOND)
    assert time.monotonic() - began < 3
