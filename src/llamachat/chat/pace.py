"""How fast tokens arrive: now, on average, and a short history for a sparkline.

Arrivals come as they happen, one or many tokens at a time. Between arrivals nothing is known, so a
rate holds for as long as one arrival usually takes; from then on it falls towards 0. Knows no
clock, and nothing of what is counted.
"""

from __future__ import annotations

from collections import deque

WINDOW = 2.0
"""seconds over which "now" looks back"""
STEP = 0.5
"""seconds between two values of the history"""
HISTORY = 60
"""values kept"""


class Pace:
    """Tokens of one run. Whatever comes first is the start: it was paid for by what went before."""

    def __init__(self, history: deque[float] | None = None) -> None:
        self.history = deque[float](maxlen=HISTORY) if history is None else history
        self.total = 0
        """tokens that arrived, the first ones too"""
        self._arrivals: deque[tuple[float, int]] = deque()
        """(when, total by then), the last before the window and all in it"""
        self._start = (0.0, 0)
        self._count = 0
        self._next_step = 0.0
        self._sampled = False
        self._ended: float | None = None

    def arrive(self, tokens: int, at: float) -> None:
        """So many more tokens are there."""
        if tokens <= 0:
            return
        self.total += tokens
        arrival = (at, self.total)
        if not self._arrivals:
            self._next_step = at + STEP
        elif at <= self._arrivals[-1][0]:  # several in one go are one arrival
            arrival = (self._arrivals.pop()[0], self.total)
            self._count -= 1
        else:
            self.look(at)
        self._arrivals.append(arrival)
        self._count += 1
        if self._count == 1:
            self._start = arrival

    def look(self, at: float) -> None:
        """Time has passed: keep the history and the window up to date."""
        while self._arrivals and self._next_step <= at:
            behind = int((at - self._next_step) / STEP) - HISTORY
            if behind > 0:  # the machine slept
                self._next_step += behind * STEP
            self._forget(self._next_step)
            self.history.append(self.now(self._next_step))
            self._sampled = True
            self._next_step += STEP
        self._forget(at)

    def now(self, at: float) -> float:
        """Tokens per second over the last two seconds."""
        if self._ended is not None or not self._arrivals:
            return 0.0
        return _rate(self._arrivals[0], self._arrivals[-1], len(self._arrivals) - 1, at)

    def average(self, at: float) -> float:
        """Tokens per second since the first arrival; of a run that is over, of the whole."""
        if self._ended is not None:
            return self._ended
        if not self._arrivals:
            return 0.0
        return _rate(self._start, self._arrivals[-1], self._count - 1, at)

    def end(self, at: float, average: float = 0.0) -> None:
        """The run is over, and a better clock may know its average. One that was too short for
        the history leaves its average there."""
        if self._ended is None:
            self._ended = average if average > 0 else self.average(at)
            if not self._sampled and self._ended > 0:
                self.history.append(self._ended)

    def _forget(self, at: float) -> None:
        """Arrivals before the window, except the last one of them, where two others remain."""
        while len(self._arrivals) > 2 and self._arrivals[1][0] <= at - WINDOW:
            self._arrivals.popleft()


def _rate(first: tuple[float, int], last: tuple[float, int], steps: int, at: float) -> float:
    """Tokens after `first` per second; waiting longer than one step usually takes counts too."""
    span = last[0] - first[0]
    if steps < 1 or span <= 0:
        return 0.0
    waited = max(0.0, at - last[0] - span / steps)
    return (last[1] - first[1]) / (span + waited)
