"""The line that shows how far a file is hashed: bar, speed, what is left.

Drawn on a terminal only, at most ten times a second. Knows nothing of checksums.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llamachat.cli.status_line import StatusLine, bar
from llamachat.hardware.terminal import read_terminal

DELAY = 0.3
"""seconds a file may take before anything is shown"""
_EVERY = 0.1


class HashLine:
    """Called with a file, the bytes that are done and all of them."""

    def __init__(self, line: StatusLine, verb: str) -> None:
        self._line = line
        self._verb = verb
        self._path: Path | None = None
        self._begun = self._drawn = 0.0

    def __call__(self, path: Path, done: int, total: int) -> None:
        now = time.monotonic()
        if path != self._path:
            self._path, self._begun = path, now
        if done >= total:
            self._line.clear()
        elif now - self._drawn >= _EVERY:
            self._drawn = now
            rate = done / (now - self._begun) if now > self._begun else 0.0
            speed = f" {rate / 1e9:.2f} GB/s, {(total - done) / rate:.0f} s left" if rate else ""
            self._line.update(f"{self._verb} {path.name} {bar(done / total)}{speed}")


@contextmanager
def hash_line(verb: str) -> Iterator[HashLine]:
    """A line on standard error that is gone at the end."""
    terminal = read_terminal()
    shows = sys.stderr is not None and terminal.stderr and not terminal.dumb
    line = StatusLine(sys.stderr, enabled=shows, delay=DELAY)
    try:
        yield HashLine(line, verb)
    finally:
        line.clear()
