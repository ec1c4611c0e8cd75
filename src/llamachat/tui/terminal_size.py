"""Looks from time to time whether the screen has the terminal's size, in case nobody said so.

Resizes are told by a signal that passes through a timer and two queues of Textual's; on a busy
machine one was seen to be lost, and the screen kept its former width. A browser has no size to look
up: it tells its own. Knows no widget.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.events import Resize
from textual.geometry import Size

PERIOD = 1.0
"""seconds between two looks, each a system call"""


@runtime_checkable
class _Sized(Protocol):
    """What Textual's drivers for terminals have in common."""

    def _get_terminal_size(self) -> tuple[int, int]: ...


def follow_terminal(app: App[Any]) -> None:
    """Tell the app, or its screen, the size that it has missed."""
    driver: object = app._driver
    if not isinstance(driver, _Sized) or app._resize_timer is not None:
        return
    size = Size(*driver._get_terminal_size())
    if size != app.size:
        app.post_message(Resize(size, size))
    elif app.screen.outer_size != size:
        app.screen.post_message(Resize(size, size))
