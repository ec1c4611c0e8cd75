"""Signals that end the app, and how long Escape waits for the rest of a key.

What is being typed is kept first, and a terminal that is still there gets back the screen that it
had. Knows nothing of chats.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from functools import partial

from textual import constants
from textual.app import App

ESCAPE_DELAY = 0.04
"""seconds in which Escape and a letter are Alt with that letter: terminals send both at once, and a
quick person takes 50 ms. Textual's 0.1 takes the first letter from a word that follows Escape."""


def read_escape_at_once() -> None:
    """ESCDELAY, where it is set, is the person's own."""
    if "ESCDELAY" not in os.environ:
        setattr(constants, "ESCAPE_DELAY", ESCAPE_DELAY)  # noqa: B010 (it is final for checkers)


def leave_on_signals(app: App[int], keep: Callable[[], None]) -> None:
    """SIGTERM ends the app as its own key does, with 143; a terminal that hangs up is not written
    to any more. A signal that is ignored, as below nohup, stays so."""
    if app.is_headless or app.is_web:
        return
    loop = asyncio.get_running_loop()
    leave = partial(app.exit, return_code=128 + signal.SIGTERM)
    for number, handler in ((signal.SIGTERM, leave), (signal.SIGHUP, partial(_hang_up, keep))):
        if signal.getsignal(number) is signal.SIG_DFL:
            loop.add_signal_handler(number, handler)


def _hang_up(keep: Callable[[], None]) -> None:
    try:
        keep()
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGHUP)
