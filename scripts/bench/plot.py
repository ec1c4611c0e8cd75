"""Charts as SVG text: horizontal bars with their spread, and lines over a number.

Readable on light and dark pages: the chart brings its own paper, which follows the reader's colour
scheme. Titles, axes and legend are text, and the figures are repeated in its description for who
cannot see it. Knows nothing of what is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH = 760
LETTER = 6.8
"""width of a letter of 13 pixels, about"""
_TOP, _BOTTOM, _EDGE = 52, 46, 16
_BAR = 34
_TICKS = 5
_STYLE = """
.paper{fill:#fff;stroke:#d1d9e0}.ink{fill:#1f2328}.dim{fill:#59636e}
.grid{stroke:#d1d9e0}.whisker{stroke:#1f2328;stroke-width:1.5}.limit{stroke:#cf222e}
.c0{fill:#0969da;stroke:#0969da}.c1{fill:#8c959f;stroke:#8c959f}.c2{fill:#bc4c00;stroke:#bc4c00}
.c3{fill:#1a7f37;stroke:#1a7f37}.c4{fill:#8250df;stroke:#8250df}.line{fill:none;stroke-width:2}
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif}.title{font-size:15px;font-weight:600}
@media (prefers-color-scheme:dark){
.paper{fill:#0d1117;stroke:#3d444d}.ink{fill:#f0f6fc}.dim{fill:#9198a1}.grid{stroke:#3d444d}
.whisker{stroke:#f0f6fc}.limit{stroke:#f85149}.c0{fill:#4493f8;stroke:#4493f8}
.c1{fill:#7d8590;stroke:#7d8590}.c2{fill:#f0883e;stroke:#f0883e}.c3{fill:#3fb950;stroke:#3fb950}
.c4{fill:#bc8cff;stroke:#bc8cff}.line{fill:none}}
"""
_COLOURS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """`low` to `high` is drawn across its end; `note` is written behind the value."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """A line through points in the order of x."""

    name: str
    points: tuple[tuple[float, float], ...]
    colour: int = 0


def bars(title: str, found: Sequence[Bar], *, unit: str, legend: Sequence[str] = ()) -> str:
    """`legend` names the colours from the first."""
    left = _EDGE + LETTER * max((len(bar.label) for bar in found), default=0) + 12
    right = WIDTH - _EDGE - LETTER * max((len(_behind(bar, unit)) for bar in found), default=0) - 16
    ticks = nice_ticks(max((bar.high for bar in found), default=1.0))
    scale = (right - left) / ticks[-1]
    bottom = _TOP + _BAR * len(found)
    body = [
        *(_grid_line(left + scale * tick, bottom) for tick in ticks),
        *(_text(left + scale * tick, bottom + 18, _short(tick), "dim", "middle") for tick in ticks),
        _text(right, bottom + 36, unit, "dim", "end"),
    ]
    for number, bar in enumerate(found):
        body += _bar(bar, unit, left, _TOP + _BAR * number, scale)
    said = "; ".join(f"{bar.label}: {_behind(bar, unit)}" for bar in found)
    return _document(title, said, bottom + _BOTTOM, [*body, *_legend(legend)])


def lines(title: str, found: Sequence[Series], *, x: str, y: str, height: int = 340) -> str:
    """Both axes begin at 0."""
    left, right, bottom = 74.0, WIDTH - _EDGE - 10.0, height - _BOTTOM
    points = [point for series in found for point in series.points] or [(1.0, 1.0)]
    across, up = nice_ticks(max(p[0] for p in points)), nice_ticks(max(p[1] for p in points))
    wide, tall = (right - left) / across[-1], (bottom - _TOP) / up[-1]
    body = [
        *(
            f'<line class="grid" x1="{left}" x2="{right}" y1="{bottom - tall * tick:.1f}" '
            f'y2="{bottom - tall * tick:.1f}"/>'
            for tick in up
        ),
        *(_text(left - 8, bottom - tall * tick + 4, _short(tick), "dim", "end") for tick in up),
        *(_text(left + wide * tick, bottom + 18, _short(tick), "dim", "middle") for tick in across),
        _text(right, bottom + 36, x, "dim", "end"),
        _text(left - 8, _TOP - 12, y, "dim", "end"),
    ]
    for series in found:
        path = " ".join(f"{left + wide * a:.1f},{bottom - tall * b:.1f}" for a, b in series.points)
        colour = series.colour % _COLOURS
        body.append(f'<polyline class="line c{colour}" style="fill:none" points="{path}"/>')
    said = "; ".join(
        f"{series.name}: {_short(series.points[0][1])} to {_short(series.points[-1][1])} {y}"
        for series in found
        if series.points
    )
    names = dict(sorted((series.colour, series.name) for series in found))
    legend = [names.get(number, "") for number in range(max(names, default=-1) + 1)]
    return _document(title, said, height, [*body, *_legend(legend)])


def nice_ticks(most: float) -> list[float]:
    """From 0 to at least `most`, in steps of 1, 2 or 5 times a power of ten."""
    if most <= 0 or not math.isfinite(most):
        most = 1.0
    rough = most / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return [step * number for number in range(math.ceil(most / step * 0.999) + 1)]


def _bar(bar: Bar, unit: str, left: float, top: float, scale: float) -> list[str]:
    end, middle = left + scale * bar.value, top + _BAR / 2
    low, high = left + scale * bar.low, left + scale * bar.high
    drawn = [
        _text(left - 8, middle + 4, bar.label, "ink", "end"),
        f'<rect class="c{bar.colour % _COLOURS}" x="{left:.1f}" y="{top + 7}" '
        f'width="{max(end - left, 1):.1f}" height="{_BAR - 14}" rx="2"/>',
        _text(max(end, high) + 8, middle + 4, _behind(bar, unit), "ink", "start"),
    ]
    if high - low > 1:
        drawn.append(
            f'<path class="whisker" d="M{low:.1f} {middle}H{high:.1f}'
            f'M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8"/>'
        )
    return drawn


def _behind(bar: Bar, unit: str) -> str:
    return f"{_short(bar.value)} {unit}{f' · {bar.note}' if bar.note else ''}"


def _legend(names: Sequence[str]) -> Iterator[str]:
    """From the right, beside the title."""
    x = WIDTH - _EDGE - sum(len(name) * LETTER + 30 for name in names if name)
    for number, name in enumerate(names):
        if name:
            yield f'<rect class="c{number % _COLOURS}" x="{x:.1f}" y="32" width="10" height="10"/>'
            yield _text(x + 15, 41, name, "dim", "start")
            x += len(name) * LETTER + 30


def _grid_line(x: float, bottom: float) -> str:
    return f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'


def _text(x: float, y: float, words: str, kind: str, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(words)}</text>'


def _short(number: float) -> str:
    """Three digits, as people write them."""
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(number))))
    text = f"{number:.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _document(title: str, said: str, height: float, body: Iterable[str]) -> str:
    paper = f'width="{WIDTH - 1}" height="{height - 1:.0f}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(said)}</desc>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" x="0.5" y="0.5" {paper} rx="6"/>',
        f'<text class="ink title" x="{_EDGE}" y="26">{escape(title)}</text>',
        *body,
        "</svg>",
        "",
    ])  # fmt: skip
