"""How far a build is: bytes of the source, their rate, the time left; and how bytes are printed.

A meter that worker threads feed and one thread reads. Knows nothing of what is done with them.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Literal

from llamachat.errors import ExitCode, LlamaChatError

Stage = Literal["building", "checking"]


class BuildCancelled(LlamaChatError):
    """Somebody asked to stop; nothing was written."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self) -> None:
        super().__init__("The build was cancelled; nothing was written.")


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of a build."""

    tensor: str
    """the latest that was begun"""
    done: int
    """bytes of the source; while results are checked, of the results"""
    total: int
    seconds: float
    """since the beginning"""
    stage: Stage = "building"

    @property
    def fraction(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def rate(self) -> float:
        """Bytes a second so far."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds left at that rate; None while nothing is done yet."""
        return (self.total - self.done) / self.rate if self.rate else None


class Meter:
    """Adds up what the threads report."""

    def __init__(self, total: int, stage: Stage = "building") -> None:
        self._total = total
        self._stage: Stage = stage
        self._done = 0
        self._tensor = ""
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def begin(self, tensor: str) -> None:
        self._tensor = tensor

    def add(self, n_bytes: int) -> None:
        with self._lock:
            self._done += n_bytes

    def read(self) -> Progress:
        with self._lock:
            done = self._done
        seconds = time.monotonic() - self._began
        return Progress(self._tensor, done, self._total, seconds, self._stage)


def size_text(n_bytes: int) -> str:
    """Such as "3.83 GB", "1.8 MB" or "12.3 KB"."""
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.2f} GB"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.1f} KB"
