"""One line on standard error that is drawn over itself and erased: loading, reading the prompt.

Appears only on a terminal that can erase, and only when the work takes longer than a moment, so
that quick work leaves no flicker and a log no trace. Knows nothing of what is being waited for.
"""

from __future__ import annotations

import shutil
import threading
import time
from typing import TextIO

from llamachat.sanitize import one_line

ERASE = "\r\x1b[K"
BAR_WIDTH = 20


class StatusLine:
    """Shows the latest text, once `delay` seconds have passed since the first one."""

    def __init__(self, stream: TextIO, *, enabled: bool, delay: float) -> None:
        self._stream = stream
        self._enabled = enabled
        self._delay = delay
        self._text = ""
        self._shown = False
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def update(self, text: str) -> None:
        if not self._enabled:
            return
        with self._lock:
            self._text = text
            if self._shown:
                self._draw()
            elif self._timer is None:
                self._timer = threading.Timer(self._delay, self._appear)
                self._timer.daemon = True
                self._timer.start()

    def clear(self) -> None:
        """Erase it; a later `update` begins anew."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._shown:
                self._write(ERASE)
            self._shown = False
            self._text = ""

    def _appear(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._shown = True
                self._draw()

    def _draw(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._write(ERASE + one_line(self._text)[:width])

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal is gone, and what is waited for is not
            self._enabled = False


class Prefill:
    """The words for a prompt being read: how far, how fast, how long still."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._begun = time.perf_counter()
        self._first: int | None = None

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` tokens are evaluated."""
        if self._first is None:
            self._first = done
        if done >= total:
            self._line.clear()
            return
        passed = time.perf_counter() - self._begun
        rate = (done - self._first) / passed if done > self._first else 0.0
        speed = f", {rate:.1f} t/s, {(total - done) / rate:.0f} s left" if rate else ""
        self._line.update(f"Reading {bar(done / total)} {done}/{total} tokens{speed}")


def bar(fraction: float, width: int = BAR_WIDTH) -> str:
    """[#####---------------] 25%"""
    fraction = min(max(fraction, 0.0), 1.0)
    full = round(fraction * width)
    return f"[{'#' * full}{'-' * (width - full)}] {fraction:4.0%}"
