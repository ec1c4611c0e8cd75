"""The whole app on a real store and a real engine in a real child, as pilots drive it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from llamachat.bundled import BOB
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.config.values import Config
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.launch import Launch

PATIENCE = 20.0
"""seconds a test waits for the model at most"""


def greedy(params: GenerateParams) -> GenerateParams:
    return replace(params, sampling=replace(params.sampling, temp=0.0))


def bob(_info: EngineInfo) -> tuple[Dialog, str]:
    return load_prompt_template("bob").fill(), "bob"


def launch(model: Path = BOB, *, n_ctx: int = 0, **changes: Any) -> Launch:
    """Bob, greedy, in his own transcript."""
    start = Launch(
        options=EngineOptions(model, n_ctx=n_ctx, threads=1),
        provisional=load_prompt_template("bob").fill(),
        decide=bob,
        adjust=greedy,
        config=Config(),
    )
    return replace(start, **changes)


@asynccontextmanager
async def running(
    start: Launch | None = None, *, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[LlamaChatApp, Pilot[int]]]:
    """The app on its screen, the model being loaded behind it."""
    with ChatStore() as store:
        app = LlamaChatApp(start or launch(), store)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.chat_screen.is_running and app.chat_screen.focused)
            await until(pilot, lambda: app.chat_screen.composer.has_focus_within)
            yield app, pilot


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Let the app work until something is true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)  # pilot.pause would count as work of the app, and slow its frames
    await pilot.pause()


async def say(pilot: Pilot[int], text: str) -> None:
    """Type a message and send it."""
    for character in text:
        await pilot.press({" ": "space"}.get(character, character))
    await pilot.press("enter")


async def answered(app: LlamaChatApp, pilot: Pilot[int], number: int) -> None:
    """Until so many messages are stored and nothing is being written."""
    screen = app.chat_screen
    await until(pilot, lambda: len(screen.conversation.rows) >= number and not screen.turns.busy)
    await pilot.pause()


def shown(app: LlamaChatApp) -> str:
    """All that stands on the screen, as text."""
    width = app.size.width
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(s.text for s in line)[:width].rstrip() for line in lines)
