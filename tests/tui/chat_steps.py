"""What people do in the whole app, in a few words, and what can be seen of it afterwards."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import StoredMessage
from llamachat.engine.base import Engine
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.widgets.message_card import RemarkCard
from tests.tui.chat_app import launch, running, until

Line = list[tuple[str, str, str | None]]
"""role, text, finish reason"""


async def loaded(app: LlamaChatApp, pilot: Pilot[int]) -> None:
    """Until the model is there and the screen knows."""
    await until(pilot, lambda: app.chat_screen.panel.engine == "idle")


async def send(app: LlamaChatApp, pilot: Pilot[int], text: str) -> None:
    """Send a text as if it were typed, without a pause for each letter."""
    app.chat_screen.composer.insert(text)
    await pilot.press("enter")
    await pilot.pause()


async def quiet(app: LlamaChatApp, pilot: Pilot[int]) -> None:
    """Until nothing is being written any more, and all of it was drawn."""
    await until(pilot, lambda: not app.chat_screen.turns.busy)
    await pilot.pause()


async def writing(app: LlamaChatApp, pilot: Pilot[int], *, length: int = 20) -> None:
    """Until so many characters of an answer are on the screen."""
    rows = app.chat_screen.transcript
    await until(pilot, lambda: app.chat_screen.turns.busy and len(rows.rows[-1].text) >= length)


@asynccontextmanager
async def answering(model: Path) -> AsyncIterator[tuple[LlamaChatApp, Pilot[int]]]:
    """A model that writes on and on has begun to."""
    async with running(launch(model, n_ctx=4096)) as (app, pilot):
        await send(app, pilot, "Tell me everything.")
        await writing(app, pilot)
        yield app, pilot


def stored_rows(chat: int | None) -> tuple[StoredMessage, ...]:
    """A chat as another program reads it from the file."""
    assert chat is not None
    with ChatStore() as store:
        return store.line(chat).rows


def stored(chat: int | None) -> Line:
    messages = [row.message for row in stored_rows(chat)]
    return [(m.role, m.text, m.finish_reason) for m in messages]


def draft_in_file(chat: int) -> str:
    with ChatStore() as store:
        return store.get(chat).draft


def here(app: LlamaChatApp) -> Line:
    """The open chat, as stored."""
    return stored(app.chat_screen.conversation.id)


def texts(app: LlamaChatApp) -> list[str]:
    """The messages of the transcript, without the greeting."""
    greeting = len(app.chat_screen.conversation.dialog.greeting)
    return [row.text for row in app.chat_screen.transcript.rows[greeting:]]


def remarks(app: LlamaChatApp) -> list[str]:
    """The lines of ours between the messages."""
    cards = [c for c in app.chat_screen.transcript.column.cards if isinstance(c, RemarkCard)]
    return [" ".join(line.content.plain for line in card.lines(200)).strip() for card in cards]


def notices(app: LlamaChatApp) -> list[str]:
    """What was said in a corner of the screen."""
    return [notification.message for notification in app._notifications]


def signal_engine(app: LlamaChatApp, number: signal.Signals) -> None:
    engine = app.chat_screen.host.engine
    assert isinstance(engine, ProcessEngine)
    assert engine.pid
    os.kill(engine.pid, number)


class Gate:
    """Models are loaded when it is opened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._opened = threading.Event()
        patch.setattr("llamachat.engine.open.open_engine", self._wait)

    def open(self) -> None:
        self._opened.set()

    def _wait(
        self, model: Path, *, options: EngineOptions, on_progress: Callable[[float], None]
    ) -> Engine:
        assert self._opened.wait(20)
        return open_engine(model, options=options, on_progress=on_progress)
