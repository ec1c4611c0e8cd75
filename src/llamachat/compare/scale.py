"""From figures to places on an axis: ranges, round ticks, labels that do not cover each other.

Knows nothing of drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_TICKS = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight axis from `low` to `high`, laid on the places `start` to `end`."""

    low: float
    high: float
    start: float
    end: float
    step: float
    at: tuple[float, ...] = ()
    """where its ticks are; none: at every step"""

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        if self.at:
            return list(self.at)
        count = round((self.high - self.low) / self.step)
        return [self.low + number * self.step + 0.0 for number in range(count + 1)]

    def words(self, tick: float) -> str:
        """With as many decimals as the step has."""
        decimals = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return f"{tick:,.{decimals}f}"


def scale_of(
    values: Sequence[float], start: float, end: float, *, from_zero: bool = False
) -> Scale:
    """An axis that shows all values between round numbers."""
    low, high = min(values), max(values)
    low = min(low, 0.0) if from_zero else low
    if high - low < 1e-9 * max(abs(high), 1e-9):  # all are the same
        low, high = (0.0, 2 * high or 1.0) if from_zero else (low - abs(low) / 10 - 0.1, high + 0.1)
    step = _round_step((high - low) / (MOST_TICKS - 1))
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return Scale(low, high, start, end, step)


def scale_of_marks(values: Sequence[float], start: float, end: float, room: float) -> Scale:
    """An axis from 0 to the largest of the values, with ticks at them, not nearer than `room`."""
    high = max(values)
    gap = high * room / abs(end - start)
    at = [high]
    for value in sorted(values, reverse=True):
        if at[-1] - value >= gap <= value:
            at.append(value)
    return Scale(0.0, high, start, end, 1.0, (0.0, *reversed(at)))


def spread(places: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """The places, moved as little as need be so that none is nearer to the next than `distance`
    and all are between `low` and `high`, as far as there is room."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    found = list(places)
    above = low - distance
    for number in order:
        found[number] = above = max(found[number], above + distance)
    below = high + distance
    for number in reversed(order):
        found[number] = below = min(found[number], below - distance)
    return found


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, … that is not below."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * part for part in (1, 2, 5, 10) if power * part >= least * (1 - 1e-9))
