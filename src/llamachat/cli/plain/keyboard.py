"""A keyboard that does not echo while the model speaks, so that nothing is typed into its words.

What is typed meanwhile waits and appears at the next prompt. Knows nothing of lines or answers.
"""

from __future__ import annotations

import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def silent_keyboard(enabled: bool) -> Iterator[Callable[[], None]]:
    """Echo is off inside; gives a function that puts everything back at once."""
    if not enabled:
        yield lambda: None
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)

    def restore() -> None:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)

    silent = termios.tcgetattr(keyboard)
    silent[3] &= ~termios.ECHO  # local modes
    termios.tcsetattr(keyboard, termios.TCSANOW, silent)
    try:
        yield restore
    finally:
        restore()
