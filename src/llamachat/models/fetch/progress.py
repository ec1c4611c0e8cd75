"""How far a transfer is, how fast, and how long still: told at most ten times a second.

The rate is smoothed over some seconds, so that one slow moment does not make the estimate jump.
Knows nothing of networks or terminals.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["waiting", "fetching", "checking", "paused", "retrying", "done"]

SMOOTHING = 4.0
"""seconds that the rate looks back"""
EVERY = 0.1
"""seconds between two tellings of the same state"""


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of a transfer; `done` and `total` count all files of a split model."""

    file: str
    """the name of the file in hand"""
    done: int
    total: int
    rate: float
    """bytes per second, smoothed; 0 where none is known"""
    eta: float | None
    """seconds"""
    state: State
    note: str = ""
    """what is worth saying: which part, why it waits"""

    @property
    def fraction(self) -> float:
        return min(self.done / self.total, 1.0) if self.total else 0.0


_ENOUGH = 1 - math.exp(-0.5 / SMOOTHING)

OnProgress = Callable[[Progress], None]


class Rate:
    """Bytes per second, each moment weighing less the longer ago it is."""

    def __init__(self) -> None:
        self._value = 0.0
        self._weight = 0.0
        self._at: float | None = None

    def begin(self, at: float) -> None:
        """A connection stands: time without one says nothing of its speed."""
        self._at = at

    def feed(self, count: int, at: float) -> None:
        passed = at - self._at if self._at is not None else 0.0
        if passed <= 0:
            return
        self._at = at
        keep = math.exp(-passed / SMOOTHING)
        self._value = self._value * keep + (1 - keep) * count / passed
        self._weight = self._weight * keep + (1 - keep)

    @property
    def value(self) -> float:
        """0 until half a second was measured."""
        return self._value / self._weight if self._weight > _ENOUGH else 0.0


class Teller:
    """Counts bytes over all files, and tells the listener."""

    def __init__(
        self,
        listener: OnProgress,
        total: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self._listener = listener
        self._clock = clock
        self._rate = Rate()
        self._before = 0
        self._file, self._note = "", ""
        self._done = 0
        self._unmeasured = 0
        self._told: tuple[State, str] | None = None
        self._told_at = -math.inf

    def begin_file(self, name: str, note: str) -> None:
        """A file of the model; those before it are complete."""
        self._file, self._note = name, note
        self._before += self._done
        self._done = 0

    def connected(self) -> None:
        self._rate.begin(self._clock())
        self._unmeasured = 0

    def received(self, count: int) -> None:
        """Bytes that came from the network just now."""
        self._done += count
        self._unmeasured += count
        now = self._clock()
        if now - self._told_at >= EVERY:
            self._rate.feed(self._unmeasured, now)
            self._unmeasured = 0
            self.tell("fetching")

    def at(self, done: int) -> None:
        """So much of the file in hand is there."""
        self._done = done

    def tell(self, state: State, note: str = "", *, done: int | None = None) -> None:
        """Every change of state or note at once, the same one not too often."""
        now, kind = self._clock(), (state, note)
        if kind == self._told and now - self._told_at < EVERY:
            return
        self._told, self._told_at = kind, now
        counted = self._before + (self._done if done is None else done)
        rate = self._rate.value if state == "fetching" else 0.0
        left = max(self.total - counted, 0)
        self._listener(
            Progress(
                self._file, counted, self.total, rate,
                left / rate if rate else None, state, note or self._note,
            )
        )  # fmt: skip
