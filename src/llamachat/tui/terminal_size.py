"""The screen has the terminal's size, whatever the environment says, and whatever nobody said.

An inherited COLUMNS outweighs the terminal wherever Python asks for its size: the screen of a chat
that another program started never followed its window. Resizes are told by a signal that passes
through a timer and two queues of Textual's; on a busy machine one was seen to be lost. So from time
to time the app looks. A browser has no size to look up: it tells its own. Knows no widget.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
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


def ask_the_terminal(environ: MutableMapping[str, str] | None = None) -> None:
    """Forget the size that the environment tells, where the terminal tells its own."""
    told = os.environ if environ is None else environ
    try:
        size = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else -1)
    except (OSError, ValueError):  # no terminal; closed
        return
    for name, real in (("COLUMNS", size.columns), ("LINES", size.lines)):
        if real:  # a serial line may have none
            told.pop(name, None)


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
