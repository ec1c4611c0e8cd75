"""Chats to take pictures of: nothing in them depends on the clock, the machine or a model.

No engine is ever loaded; what it would have said is fed to the widgets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.engine.base import FinishReason
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.launch import Launch
from tests.tui.chat_app import launch
from tests.tui.panel_app import BOB, SYSTEM

Turn = tuple[str, str, FinishReason]
"""a question, its answer, and why that ended"""
RunBefore = Callable[[Pilot[int]], Awaitable[None]]

NOON = 1_700_481_600.0
"""20 Nov 2023, 12:00 UTC: long enough ago to be written as a date"""
STATS = {"generated": 42, "decode_rate": 7.1, "first_token": 0.84, "prompt": 300, "cached": 250}
CAPITALS: list[Turn] = [
    ("What is the capital of France?", "The capital of France is **Paris**.", "stop"),
    (
        "Write a program that greets.",
        "Gladly:\n\n```python\ndef greet(name: str) -> None:\n    print(f'Hello, {name}!')\n```\n\n"
        "- `name` is whom to greet\n- nothing is returned",
        "stop",
    ),
]


def keep(store: ChatStore, turns: Sequence[Turn], *, day: int = 0) -> int:
    """Store a chat as it would have been on some day; returns its number."""
    rows: list[StoredMessage] = []
    for question, answer, reason in turns:
        for message in (Message("user", question), Message("assistant", answer, reason)):
            number, stats = len(rows) + 1, STATS if message.finish_reason else {}
            rows.append(StoredMessage(number, len(rows) or None, message, NOON, "", stats, 1, 1))
    when = NOON + day * 86_400
    dialog = load_prompt_template("bob").fill()
    record = ChatRecord(
        0, "", when, when, "bob", dialog, {}, "/models/bob.gguf", "", len(rows), len(rows) or None
    )
    return store.insert(record, rows).id


class Studio:
    """Apps with a store and no engine."""

    def __init__(self, store: ChatStore) -> None:
        self.store = store

    def app(self, turns: Sequence[Turn] = (), *, start: Launch | None = None) -> LlamaChatApp:
        """A chat that is resumed, a new one where nothing was said."""
        resume = keep(self.store, turns) if turns else None
        return LlamaChatApp(replace(start or launch(), resume=resume), self.store)


@contextmanager
def studio(patch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The machine and its clock stand still."""
    patch.setattr("llamachat.tui.engine_host.EngineHost.open", lambda *_: None)
    patch.setattr("llamachat.tui.chat_screen.read_memory", lambda: SYSTEM)
    patch.setattr("textual.widgets.Input._toggle_cursor", lambda _: None)  # it does not blink
    with ChatStore() as store:
        yield Studio(store)


def ready(then: RunBefore | None = None) -> RunBefore:
    """The model is there; then more happens."""

    async def run(pilot: Pilot[int]) -> None:
        await pilot.pause()
        app = pilot.app
        assert isinstance(app, LlamaChatApp)
        screen = app.chat_screen
        screen.panel.set_info(BOB)
        screen.turns.loaded(BOB)
        await screen.desk.model_ready(BOB)
        screen.turns.show_stored()
        if then is not None:
            await then(pilot)
        await pilot.pause()

    return run
