"""Draws only what has changed, and writes it as it was painted.

For each update Textual 8.2 has every visible widget draw all of its lines, then throws away those
outside of what changed, and cuts the others at the edges of all widgets: for one more word of an
answer the live panel, the composer, the footer and the empty containers behind them. Here a widget
is asked for the lines that changed, and they are written whole where nothing covers them. Knows no
particular widget.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import Control
from textual._compositor import Compositor, CompositorUpdate
from textual._context import visible_screen_stack
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

Piece = tuple[int, int, Strip]
"""column, line, and what is written there"""
Columns = tuple[int, int]
"""from the first one to that behind the last"""


class Pieces(CompositorUpdate):
    """An update that consists of parts of lines."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        return "".join(
            [f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self.pieces]
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for x, y, strip in self.pieces:
            yield Control.move_to(x, y)
            yield from strip


class NarrowCompositor(Compositor):
    """Of a screen whose widgets change a few lines at a time."""

    def render_update(
        self,
        full: bool = False,
        screen_stack: list[Screen[Any]] | None = None,
        simplify: bool = False,
    ) -> RenderableType | None:
        if full:  # for a picture, which is made of whole lines
            return super().render_update(full, screen_stack, simplify)
        visible_screen_stack.set([] if screen_stack is None else screen_stack)
        changed = self._dirty_regions.copy()
        self._dirty_regions.clear()
        return Pieces(list(self.pieces(changed))) if changed else None

    def pieces(self, changed: Iterable[Region]) -> Iterator[Piece]:
        """All that is seen in these regions, up to the edges of the widgets that lie there: from
        front to back the lines of each widget, until nothing shows through any more."""
        uncovered = self._lines(changed)
        for widget, (region, clip) in self.visible_widgets.items():
            visible = region.intersection(clip)
            span = visible.column_span
            seen = {
                y: parts
                for y in visible.line_range
                if y in uncovered and (parts := list(_within(uncovered[y], span)))
            }
            for top, bottom in _runs(list(seen)):
                lines = Region(visible.x, top, visible.width, bottom - top + 1)
                for y, strip in enumerate(
                    widget.render_lines(lines.translate(-region.offset)), top
                ):
                    for first, last in seen[y]:
                        yield first, y, strip.crop(first - visible.x, last - visible.x)
            for y in seen:
                uncovered[y] = list(_without(uncovered[y], span))
                if not uncovered[y]:
                    del uncovered[y]
            if not uncovered:
                return

    def _lines(self, changed: Iterable[Region]) -> dict[int, list[Columns]]:
        """The columns of each line that has changed, as far as the edges of widgets around them."""
        lines: dict[int, list[Columns]] = defaultdict(list)
        parts = [part for part in map(self.size.region.intersection, changed) if part]
        for y, first, last in self._regions_to_spans(parts):
            cuts, columns = self.cuts[y], lines[y]
            start, end = cuts[bisect_right(cuts, first) - 1], cuts[bisect_left(cuts, last)]
            start = max(start, columns[-1][1]) if columns else start
            if start < end:
                columns.append((start, end))
        return lines


def draw_narrowly(screen: Screen[Any]) -> None:
    """Have a screen drawn so; before it is mounted."""
    screen._compositor = NarrowCompositor()


def _within(columns: Iterable[Columns], limits: Columns) -> Iterator[Columns]:
    """The parts of some columns that lie between limits."""
    for first, last in columns:
        start, end = max(first, limits[0]), min(last, limits[1])
        if start < end:
            yield start, end


def _without(columns: Iterable[Columns], taken: Columns) -> Iterator[Columns]:
    """What is left of some columns."""
    for start, end in columns:
        for piece in ((start, min(end, taken[0])), (max(start, taken[1]), end)):
            if piece[0] < piece[1]:
                yield piece


def _runs(numbers: list[int]) -> Iterator[Columns]:
    """[1, 2, 5] → (1, 2), (5, 5)"""
    gaps = [at for at, (before, after) in enumerate(pairwise(numbers), 1) if after > before + 1]
    for start, end in pairwise([0, *gaps, len(numbers)]):
        if start < end:
            yield numbers[start], numbers[end - 1]
