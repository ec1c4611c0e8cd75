"""What the engine does while nobody waits: drafts are read, chats come back with their KV state."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llamachat.chat import kv_keeper
from llamachat.chat.kv_store import KvState, KvStore
from llamachat.chat.store.chats import ChatStore
from llamachat.config.values import Config
from llamachat.engine.base import Done
from llamachat.tui import idle
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.screens.chats import ChatsScreen
from tests.tui.chat_app import answered, launch, running, say, until
from tests.tui.chat_steps import send, signal_engine

pytestmark = pytest.mark.usefixtures("quick")

LONG = "Tell me about the weather and about the sea and about what to do on a day of rain"


def done_of(app: LlamaChatApp) -> Done:
    done = app.chat_screen.turns.figures().done
    assert done is not None
    return done


def left(app: LlamaChatApp) -> int:
    """Tokens of the last prompt that had to be evaluated after Enter."""
    usage = done_of(app).usage
    return usage.prompt - usage.cached


async def until_ready(app: LlamaChatApp, pilot: Pilot[int]) -> None:
    await until(pilot, lambda: app.chat_screen.panel.engine == "idle")


async def test_a_pasted_message_is_read_before_it_is_sent() -> None:
    async with running() as (app, pilot):
        await until_ready(app, pilot)
        app.chat_screen.composer.insert(LONG)
        panel = app.chat_screen.panel
        await until(pilot, lambda: "tokens ready" in panel.text)
        await until(pilot, lambda: ready(panel.text) >= 10)
        await pilot.press("enter")
        await answered(app, pilot, 2)
        assert left(app) <= 8
        assert "tokens ready" not in panel.text


async def test_a_file_that_is_attached_is_read_before_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(f"{LONG}.\n" * 12)
    async with running() as (app, pilot):
        await until_ready(app, pilot)
        await send(app, pilot, f"/read {tmp_path}/notes.txt")
        await until(pilot, lambda: ready(app.chat_screen.panel.text) > 200)
        await until(pilot, lambda: all_but(8, app.chat_screen.panel.text))
        await pilot.press("enter")
        await answered(app, pilot, 2)
        assert left(app) <= 16 < 200 < done_of(app).usage.prompt


def all_but(tokens: int, text: str) -> bool:
    """Whether so few of a draft are left."""
    found = re.search(r"draft: ([\d,]+) of ([\d,]+) tokens", text)
    if found is None:
        return False
    done, total = (int(number.replace(",", "")) for number in found.groups())
    return total - done <= tokens


def ready(text: str) -> int:
    _, found, rest = text.partition("draft: ")
    return int(rest.split()[0]) if found else 0


async def test_without_drafts_nothing_is_read_before() -> None:
    start = launch(config=Config(draft_prefill=False))
    async with running(start) as (app, pilot):
        await until_ready(app, pilot)
        app.chat_screen.composer.insert(LONG)
        await pilot.pause(0.7)
        assert "tokens ready" not in app.chat_screen.panel.text
        await pilot.press("enter")
        await answered(app, pilot, 2)
        assert left(app) > 40


async def test_a_chat_comes_back_with_its_state_in_another_process() -> None:
    async with running() as (app, pilot):
        await say(pilot, "hello there")
        await answered(app, pilot, 2)
        number = app.chat_screen.conversation.id
    assert number is not None
    deadline = time.monotonic() + 60.0
    while not KvStore().states() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)  # the copy that writes takes only time that nobody else wants
    async with running(launch(resume=number, config=Config(draft_prefill=False))) as (app, pilot):
        await until_ready(app, pilot)
        await say(pilot, "and you")
        await answered(app, pilot, 4)
        assert left(app) < 20


async def test_a_worker_that_died_is_given_its_state_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "SAVE_PAUSE", 0.0)
    monkeypatch.setattr(kv_keeper, "WORTH_DISTURBING", 1)
    async with running(launch(config=Config(draft_prefill=False))) as (app, pilot):
        await say(pilot, "hello there")
        await answered(app, pilot, 2)
        await until(pilot, lambda: KvStore().states())
        signal_engine(app, signal.SIGKILL)
        await say(pilot, "are you there")
        await answered(app, pilot, 4)
        assert left(app) < 20


async def test_chats_that_are_not_kept_leave_no_state() -> None:
    async with running(launch(save=False)) as (app, pilot):
        await say(pilot, "hello there")
        await answered(app, pilot, 2)
    assert KvStore().states() == []


async def test_changing_between_chats_evaluates_nothing_again() -> None:
    async with running(launch(config=Config(draft_prefill=False))) as (app, pilot):
        screen = app.chat_screen
        await say(pilot, "hello there")
        await answered(app, pilot, 2)
        first = screen.conversation.id
        assert first is not None
        screen.desk.open_new()
        await until(pilot, lambda: screen.conversation.id is None)
        await say(pilot, "what is the sea")
        await answered(app, pilot, 2)
        screen.desk.open_stored(first)
        await until(pilot, lambda: screen.conversation.id == first)
        await say(pilot, "and you")
        await answered(app, pilot, 4)
        assert left(app) < 20


async def test_the_state_of_a_chat_that_is_deleted_in_the_list_goes_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idle, "SAVE_PAUSE", 0.0)
    monkeypatch.setattr(kv_keeper, "WORTH_DISTURBING", 1)
    async with running(launch(config=Config(draft_prefill=False))) as (app, pilot):
        await say(pilot, "hello there")
        await answered(app, pilot, 2)
        await until(pilot, lambda: KvStore().states())
        app.chat_screen.overlays.chats()
        await until(pilot, lambda: listed(app))
        await pilot.press("ctrl+d", "escape")
        await until(pilot, lambda: not KvStore().states())
    assert KvStore().states() == []


async def test_who_quits_amid_an_answer_finds_its_state_again(babbler: Path) -> None:
    async with running(launch(babbler, config=Config(draft_prefill=False))) as (app, pilot):
        await until_ready(app, pilot)
        await say(pilot, "hello there")
        await until(pilot, lambda: app.chat_screen.turns.figures().generated > 8)
    (state,) = await saved()
    with ChatStore() as store:
        assert state.leaf == store.line(state.chat).rows[-1].id


async def saved() -> list[KvState]:
    """A copy of the worker writes it, which may outlive the app."""
    for _ in range(500):
        if states := KvStore().states():
            return states
        await asyncio.sleep(0.01)
    return []


def listed(app: LlamaChatApp) -> bool:
    screen = app.screen
    return isinstance(screen, ChatsScreen) and bool(screen.query("Listing")) and bool(screen.chat)
