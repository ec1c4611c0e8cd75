"""A tiny app that shows one dialog and keeps what it was dismissed with."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any, ClassVar

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

import llamachat.tui

STYLES = Path(llamachat.tui.__file__).parent / "styles"

PATIENCE = 20.0
"""seconds of a busy machine"""


class DialogHost(App[None]):
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        STYLES / f"{name}.tcss" for name in ("dialogs", "chats", "help", "welcome")
    ]

    def __init__(self, dialog: Screen[Any]) -> None:
        super().__init__()
        self.dialog = dialog
        self.results: list[object] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.results.append)


def lines_of(widget: Widget) -> list[str]:
    """What a widget shows now, line by line."""
    return [widget.render_line(y).text.strip() for y in range(widget.size.height)]


def text_of(widget: Widget) -> str:
    return "\n".join(lines_of(widget))


def footer_of(pilot: Pilot[None]) -> str:
    """The descriptions that the footer lists."""
    return " ".join(
        active.binding.description
        for active in pilot.app.screen.active_bindings.values()
        if active.binding.show
    )


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Wait for what a thread brings, or a timer."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        await pilot.pause(0.02)
