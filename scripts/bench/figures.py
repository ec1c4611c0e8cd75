"""Figures of one run: rows of values, their ratios, and the one table that benches print.

What is compared was measured in turns, so a row's ratio is the median of the ratios of its rounds,
beside the lowest and the highest: the speed of the machine swings, and a round sees one speed.
Knows nothing of what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from statistics import median, quantiles
from typing import Literal

from scripts.bench.plot import Bar

Of = Literal["ratio", "median", "worst", "95 %"]


@dataclass(frozen=True, slots=True)
class Target:
    """A bound for one figure of a row."""

    value: float
    of: Of = "ratio"
    at_least: bool = False

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{self.of} {sign} {number(self.value)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured: a value a round."""

    name: str
    values: Sequence[float]
    unit: str = "s"
    base: Sequence[float] = ()
    """what the value of each round is compared with, or one for all"""
    target: Target | None = None
    colour: int = 0

    @property
    def ratios(self) -> list[float]:
        if not self.base:
            return []
        bases = repeat(self.base[0]) if len(self.base) == 1 else self.base
        return [value / base for value, base in zip(self.values, bases, strict=False)]

    def figure(self, of: Of) -> float:
        if of == "ratio":
            return median(self.ratios)
        if of == "worst":
            return max(self.values)
        if of == "95 %":
            return quantiles(self.values, n=20)[-1]
        return median(self.values)

    @property
    def met(self) -> bool:
        """Its target, where it has one."""
        if self.target is None:
            return True
        found = self.figure(self.target.of)
        return found >= self.target.value if self.target.at_least else found <= self.target.value


@dataclass(frozen=True, slots=True)
class Report:
    """What one bench found."""

    title: str
    about: str
    """how it was measured, in a sentence or two"""
    rows: Sequence[Row]
    plots: dict[str, str]
    """SVG by name of the file, without its ending"""


def table(rows: Sequence[Row], what: str) -> Iterator[str]:
    """Markdown."""
    yield f"| {what} | median | lowest – highest | ratio | lowest – highest | target | met |"
    yield "|---|---:|---:|---:|---:|---|---|"
    for row in rows:
        ratios = row.ratios
        cells = [
            row.name,
            f"{number(median(row.values))} {row.unit}",
            spread(row.values),
            number(median(ratios)) if ratios else "",
            spread(ratios),
            str(row.target or ""),
            ("yes" if row.met else "**no**") if row.target else "",
        ]
        yield f"| {' | '.join(cells)} |"


def spread(values: Sequence[float]) -> str:
    if len(values) < 2:
        return ""
    return f"{number(min(values))} – {number(max(values))}"


def number(value: float) -> str:
    """With the digits that mean something."""
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 20 else 2 if size >= 1 else 3 if size >= 0.1 else 4
    return f"{value:,.{places}f}"


def bar(row: Row) -> Bar:
    """A row as it is drawn."""
    ratios = row.ratios
    note = f"{number(median(ratios))} ×" if ratios else ""
    low = max(0.0, min(row.values))
    return Bar(row.name, median(row.values), low, max(row.values), note, row.colour)
