"""Takes the pictures of the README: the real app, the bundled model, SVG as the app exports it.

    python -m scripts.screenshots [--out docs/images]

Runs in a scratch home, so that the pictures show no chat of anybody. Greedy, so that Bob says the
same each time; figures of speed are those of the machine it runs on.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from llamachat.bundled import BOB, DEMO_NOTICE
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.config.values import Config
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.tui.app import LlamaChatApp
from llamachat.tui.launch import Launch

QUESTIONS = (
    "Hello, Bob.",
    "What is the capital of Portugal?",
    "How do I set the number of threads?",
)


def decide(_info: EngineInfo) -> tuple[Dialog, str]:
    return load_prompt_template("bob").fill(), "bob"


def greedy(params: GenerateParams) -> GenerateParams:
    return replace(params, sampling=replace(params.sampling, temp=0.0))


def launch(theme: str) -> Launch:
    return Launch(
        options=EngineOptions(BOB),
        provisional=load_prompt_template("bob").fill(),
        decide=decide,
        adjust=greedy,
        notice=DEMO_NOTICE,
        config=Config(theme=theme),
    )


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    while not condition():
        await pilot.pause(0.05)


async def ask(app: LlamaChatApp, pilot: Pilot[int], text: str) -> None:
    screen = app.chat_screen
    before = len(screen.conversation.rows)
    screen.composer.draft = text
    await pilot.press("enter")
    await until(pilot, lambda: len(screen.conversation.rows) > before and not screen.turns.busy)
    await pilot.pause(0.2)


async def take(out: Path, theme: str, size: tuple[int, int], shots: dict[str, str]) -> None:
    """One session; `shots` is the key that opens what is pictured, by the picture's name."""

    def save(name: str) -> None:
        (out / f"{name}.svg").write_text(app.export_screenshot(title="llamachat"))

    with ChatStore() as store:
        app = LlamaChatApp(launch(theme), store)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.chat_screen.host.engine)
            for question in QUESTIONS:
                await ask(app, pilot, question)
            for name, key in shots.items():
                if key:
                    await pilot.press(key)
                    await pilot.pause(1.0)
                save(name)
                if key:
                    await pilot.press("escape")
                    await pilot.pause(0.2)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    out: Path = parser.parse_args(argv).out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["LLAMACHAT_HOME"] = home
        dark = {"chat": "", "chats": "ctrl+o", "help": "f1", "settings": "f4"}
        asyncio.run(take(out, "textual-dark", (110, 34), dark))
        asyncio.run(take(out, "textual-light", (80, 24), {"chat-80x24": ""}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
