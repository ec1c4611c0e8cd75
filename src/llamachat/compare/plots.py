"""The three pictures of a report: perplexity and speed over size, speed over depth.

A model has the same colour in each, and its name stands beside its mark. A picture for which there
are no figures is left out. Knows rows, not documents.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from llamachat.compare import svg
from llamachat.compare.figures import Comparison, Row
from llamachat.compare.scale import Scale, scale_of, scale_of_marks, spread

WIDTH, HEIGHT = 640, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 488, 44, 328
_LINE = 16
_TICK = 56
"""of the width of a picture, that a number below it may take"""
_SPARE = 16
"""between the last mark and the names, where an axis ends at it"""
_LONGEST = 17
"""cells of a name; a Chinese character takes two"""


@dataclass(frozen=True, slots=True)
class Series:
    """One model's marks."""

    label: str
    colour: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture: what it is called as a file and in words."""

    name: str
    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    from_zero: bool = True
    marked: bool = False
    """the axis has its ticks where the marks are, and ends with them"""

    def draw(self, *, standalone: bool = False) -> str:
        xs = [x for one in self.series for x, _ in one.points]
        ys = [y for one in self.series for _, y in one.points]
        across = self._across(xs)
        up = scale_of(ys, _BOTTOM, _TOP, from_zero=self.from_zero)
        return svg.document(
            WIDTH,
            HEIGHT,
            svg.element("rect", width=WIDTH, height=HEIGHT, class_="back"),
            svg.text(self.title, _LEFT, 24, class_="name"),
            *_axes(across, up, self.x, self.y),
            *_marks(self.series, across, up),
            title=self.title,
            standalone=standalone,
        )

    def _across(self, xs: Sequence[float]) -> Scale:
        if self.marked:
            return scale_of_marks(xs, _LEFT, _RIGHT - _SPARE, _TICK)
        return scale_of(xs, _LEFT, _RIGHT, from_zero=True)


def plots(comparison: Comparison) -> list[Plot]:
    """Those for which there are figures."""
    rows = comparison.rows
    billions = max(row.subject.size for row in rows) >= 1e9
    unit, divisor = ("GB", 1e9) if billions else ("MB", 1e6)
    size = f"size of the file, {unit}"
    perplexity = _points(rows, divisor, _perplexity)
    speed = _points(rows, divisor, lambda row: row.decode)
    depth = tuple(
        Series(row.subject.label, number % svg.N_COLOURS, tuple(
            (float(one.depth), one.decode) for one in row.depths))
        for number, row in enumerate(rows) if len(row.depths) > 1
    )  # fmt: skip
    found = [
        Plot("size-perplexity", "Perplexity over size", size, "perplexity", perplexity, False),
        Plot("size-speed", "Decode speed over size", size, "tokens per second", speed),
        Plot("depth-speed", "Decode speed over depth", "tokens in the context",
             "tokens per second", depth, marked=True),
    ]  # fmt: skip
    return [plot for plot in found if plot.series]


def _points(
    rows: Sequence[Row], divisor: float, figure: Callable[[Row], float | None]
) -> tuple[Series, ...]:
    found = []
    for number, row in enumerate(rows):
        value = figure(row)
        if value is not None and math.isfinite(value):
            point = (row.subject.size / divisor, value)
            found.append(Series(row.subject.label, number % svg.N_COLOURS, (point,)))
    return tuple(found)


def _axes(across: Scale, up: Scale, x: str, y: str) -> Iterator[str]:
    for tick in up.ticks():
        place = up.place(tick)
        yield svg.element("line", x1=_LEFT, x2=_RIGHT, y1=place, y2=place, class_="grid")
        yield svg.text(up.words(tick), _LEFT - 8, place + 4, class_="tick", text_anchor="end")
    for tick in across.ticks():
        place = across.place(tick)
        yield svg.element("line", x1=place, x2=place, y1=_BOTTOM, y2=_BOTTOM + 5, class_="grid")
        yield svg.text(across.words(tick), place, _BOTTOM + 20, class_="tick", text_anchor="middle")
    middle = (_LEFT + _RIGHT) / 2
    yield svg.text(x, middle, HEIGHT - 12, class_="tick", text_anchor="middle")
    half = (_TOP + _BOTTOM) / 2
    turned = f"rotate(-90 14 {half:.0f})"
    yield svg.text(y, 14, half, class_="tick", text_anchor="middle", transform=turned)


def _marks(series: Sequence[Series], across: Scale, up: Scale) -> Iterator[str]:
    """Lines and dots; the names stand in a column at the right, each at the height of its mark."""
    ends = [up.place(one.points[-1][1]) for one in series]
    heights = spread(ends, _LINE, _TOP, _BOTTOM)
    for one, height in zip(series, heights, strict=True):
        places = [(across.place(x), up.place(y)) for x, y in one.points]
        if len(places) > 1:
            line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
            yield svg.element("polyline", points=line, class_=f"l{one.colour}")
        for x, y in places:
            yield svg.element("circle", cx=x, cy=y, r=4.5, class_=f"s{one.colour}")
        x, y = places[-1]
        yield svg.element("line", x1=x + 7, y1=y, x2=_RIGHT + 6, y2=height, class_="grid")
        yield svg.text(_shortened(one.label), _RIGHT + 10, height + 4, class_=f"t{one.colour}")


def _shortened(label: str) -> str:
    """What fits beside the picture: the end, where the type stands."""
    if _cells(label) <= _LONGEST:
        return label
    while _cells(label) >= _LONGEST:
        label = label[1:]
    return f"…{label}"


def _cells(label: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in label)


def _perplexity(row: Row) -> float | None:
    return row.quality.perplexity if row.quality else None
