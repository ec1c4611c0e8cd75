"""How high the cards of a transcript are, measured or guessed, and which one is where.

Knows nothing of cards and widgets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Heights:
    """Heights of the items of a column, in lines."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._tops: list[int] = []
        """where each item begins; correct for the first `_known` of them"""
        self._known = 0

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def __setitem__(self, index: int, height: int) -> None:
        if self._heights[index] != height:
            self._heights[index] = height
            self._known = min(self._known, index % len(self._heights) + 1)

    def reset(self, heights: Iterable[int]) -> None:
        """Replace all heights."""
        self._heights = list(heights)
        self._tops = []
        self._known = 0

    def insert(self, index: int, height: int) -> None:
        """Make room for an item."""
        self._heights.insert(index, height)
        self._known = min(self._known, index)

    def truncate(self, length: int) -> None:
        """Drop the items from `length` on."""
        del self._heights[length:]
        del self._tops[length:]
        self._known = min(self._known, length)

    @property
    def total(self) -> int:
        """All heights together."""
        return self.top(len(self._heights) - 1) + self._heights[-1] if self._heights else 0

    def top(self, index: int) -> int:
        """Lines above an item."""
        if self._known < len(self._heights):
            self._update()
        return self._tops[index]

    def at(self, y: int) -> tuple[int, int]:
        """The item at line y, and the line inside it; the nearest one outside of all."""
        if not self._heights:
            return 0, 0
        self.top(0)
        index = max(bisect_right(self._tops, y) - 1, 0)
        return index, min(max(y - self._tops[index], 0), self._heights[index] - 1)

    def _update(self) -> None:
        """Add up from the first item that changed: for the last one, nothing to do."""
        known = self._known
        del self._tops[known:]
        start = self._tops[-1] + self._heights[known - 1] if known else 0
        self._tops.extend(accumulate(self._heights[known:-1], initial=start))
        self._known = len(self._heights)
