"""The shapes of text that dialogs are made of.

`Ends` is a line with something at its right end; `Terms` is a list of names with explanations
that wrap beside them. With `Lazy` a list of 5,000 rows costs what the twenty visible ones cost.
Knows nothing of widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

GAP = 2
"""columns between two columns of text"""
ROOMY = 80
"""columns of a line that has room for an aside"""
_NOTHING = Content("")


@dataclass(frozen=True, slots=True, eq=False)
class Ends(Visual):
    """One line: what it is at the left, cut where it is too long, and its figures at the right;
    with `below`, a second line."""

    left: Content
    right: Content = _NOTHING
    aside: Content = _NOTHING
    """before the figures, where the line is at least ROOMY wide"""
    below: Content | None = None

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        right = self.right
        if self.aside and width >= ROOMY:
            right = self.aside + " " * GAP + right
        right = right.truncate(max(width - GAP, 0), ellipsis=True)
        room = max(width - right.cell_length - (GAP if right else 0), 0)
        left = self.left.truncate(room, ellipsis=True)
        between = " " * (width - left.cell_length - right.cell_length)
        lines = [left + between + right]
        if self.below is not None:
            lines.append(self.below.truncate(width, ellipsis=True))
        return [strip for line in lines for strip in line.render_strips(width, 1, style, options)]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return 1 if self.below is None else 2


class Lazy(Visual):
    """One line that is not even composed before it is drawn."""

    def __init__(self, compose: Callable[[], Ends]) -> None:
        self._compose = compose

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        return self._compose().render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return 1


@dataclass(frozen=True, slots=True, eq=False)
class Terms(Visual):
    """Names at the left, explanations at the right, wrapped within their column."""

    rows: Sequence[tuple[Content, Content]]
    longest: int = 24
    """columns that names get at most; a longer one stands above its explanation"""

    def _indent(self, width: int) -> int:
        fitting = [name.cell_length for name, _ in self.rows if name.cell_length <= self.longest]
        return min(max(fitting, default=0) + GAP, max(width - 1, 0))

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        indent = self._indent(width)
        strips: list[Strip] = []
        for name, text in self.rows:
            column = text.render_strips(max(width - indent, 1), None, style, options)
            if name.cell_length + GAP <= indent:
                head = name.truncate(indent, pad=True).render_strips(indent, 1, style, options)
                first, *others = column or [Strip([])]
                strips.append(Strip.join([*head, first]))
            else:
                strips += name.render_strips(width, None, style, options)
                others = column
            blank = Strip.blank(indent, style.rich_style)
            strips += [Strip.join([blank, strip]) for strip in others]
        return strips[:height]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        indent = self._indent(width)
        return sum(
            text.get_height(rules, max(width - indent, 1))
            + (name.get_height(rules, width) if name.cell_length + GAP > indent else 0)
            for name, text in self.rows
        )
