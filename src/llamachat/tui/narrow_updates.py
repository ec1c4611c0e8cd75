"""Draws only what has changed.

For each update Textual 8.2 has every visible widget draw all of its lines, and then throws away
those outside of what changed: for one more word of an answer the live panel, the composer, the
footer and the empty containers behind them. Knows no particular widget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

Render = tuple[Region, Region, list[Strip]]
Columns = tuple[int, int]
"""from the first one to that behind the last"""


class NarrowCompositor(Compositor):
    """Of a screen whose widgets change a few lines at a time."""

    _changed: frozenset[int] = frozenset()
    """the lines of an update; none where all of the screen is drawn"""

    def render_partial_update(self) -> ChopsUpdate | None:
        self._changed = frozenset(y for region in self._dirty_regions for y in region.line_range)
        try:
            return super().render_partial_update()
        finally:
            self._changed = frozenset()

    def _get_renders(self, crop: Region | None = None) -> Iterable[Render]:
        """What the base class yields, but for what is not to be seen."""
        drawn = self.size.region if crop is None else crop
        lines = [y for y in drawn.line_range if y in self._changed or not self._changed]
        for first, last in _runs(lines):
            yield from self._seen(Region(drawn.x, first, drawn.width, last - first + 1))

    def _seen(self, drawn: Region) -> Iterator[Render]:
        """From front to back the lines of each widget, until nothing shows through any more."""
        uncovered = [drawn.column_span]
        for widget, (region, clip) in self.visible_widgets.items():
            visible = region.intersection(clip)
            part = visible.intersection(drawn)
            left = list(_without(uncovered, part.column_span)) if part else uncovered
            if left == uncovered:
                continue
            lines = Region(visible.x, part.y, visible.width, part.height)
            yield lines, lines, widget.render_lines(lines.translate(-region.offset))
            if part.height == drawn.height:
                uncovered = left
            if not uncovered:
                return


def draw_narrowly(screen: Screen[Any]) -> None:
    """Have a screen drawn so; before it is mounted."""
    screen._compositor = NarrowCompositor()


def _without(columns: Iterable[Columns], taken: Columns) -> Iterator[Columns]:
    """What is left of some columns."""
    for start, end in columns:
        for piece in ((start, min(end, taken[0])), (max(start, taken[1]), end)):
            if piece[0] < piece[1]:
                yield piece


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """[1, 2, 5] → (1, 2), (5, 5)"""
    gaps = [at for at, (before, after) in enumerate(pairwise(numbers), 1) if after > before + 1]
    for start, end in pairwise([0, *gaps, len(numbers)]):
        if start < end:
            yield numbers[start], numbers[end - 1]
