"""Lines of the live panel as plain values: spans of text with a look, figures at fixed places.

A line is compared before it is drawn, so its text must not change unless what it says does. Knows
nothing of widgets, colours or engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

Look = Literal["text", "strong", "muted", "bar", "full", "rest", "spark", "alert"]
"""what a span is; the style sheet says what that looks like"""

Span = tuple[str, Look]

GIB = 2**30
_BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the panel."""

    spans: tuple[Span, ...] = ()
    section: str = ""
    """whose tooltip it has"""
    rank: int = 9
    """lines of a low rank go first where the panel is too small"""


def row(
    label: str, value: str, width: int, look: Look = "text", head: Look = "muted"
) -> list[Span]:
    """A label on the left and a figure on the right edge; the label is what gets shortened."""
    value = clip(value, width)
    return [(padded(label, width - cell_len(value), gap=1), head), (value, look)]


def clip(text: str, width: int) -> str:
    """At most `width` cells; what is missing shows as "…"."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def padded(text: str, width: int, *, gap: int = 0) -> str:
    """Exactly `width` cells, the last `gap` of them blank."""
    return set_cell_size(clip(text, max(0, width - gap)), max(0, width))


def wrapped(text: str, width: int, most: int) -> list[str]:
    """At most so many lines, broken between words; the last one is shortened where need be."""
    lines: list[str] = []
    rest = text
    while cell_len(rest) > width and len(lines) < most - 1:
        fitting = set_cell_size(rest, width).rstrip()
        cut = rest.rfind(" ", 0, len(fitting) + 1)
        cut = cut if cut > 0 else max(1, len(fitting))
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*lines, clip(rest, width)]


def bar(fraction: float, width: int, look: Look = "bar") -> list[Span]:
    """━━━━━╸──────: what is full is heavy, so that it reads without colour."""
    halves = round(min(max(fraction, 0.0), 1.0) * width * 2)
    full = "━" * (halves // 2) + "╸" * (halves % 2)
    return [(full, look), ("─" * (width - len(full)), "rest")]


def sparkline(values: Sequence[float], width: int) -> str:
    """The latest values as blocks, the newest on the right, the largest one at full height."""
    latest = values[-width:]
    largest = max(latest, default=0.0)
    if largest <= 0:
        return ""
    steps = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round(value / largest * steps)] for value in latest).rjust(width)


def rate(value: float) -> str:
    """7.1 t/s"""
    return f"{value:.1f} t/s" if value < 999.95 else f"{value:,.0f} t/s"


def seconds(value: float) -> str:
    """0.42 s · 24 s · 3 min 12 s · 2 h 05 min"""
    if value < 9.995:
        return f"{value:.2f} s"
    whole = round(value)
    if whole < 100:
        return f"{whole} s"
    if whole < 6000:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def left(value: float) -> str:
    """Time to go: no finer than it is known."""
    return f"{max(1, round(value))} s" if value < 99.5 else seconds(value)


def size(n_bytes: int) -> str:
    """4.1 GiB, in the units of `llamachat doctor`."""
    if n_bytes <= 0:
        return "–"
    return f"{n_bytes / GIB:.1f} GiB" if n_bytes >= GIB else f"{n_bytes / 2**20:.0f} MiB"


def percent(fraction: float) -> str:
    """12 %; rounded down, so that full means full."""
    return f"{int(min(max(fraction, 0.0), 1.0) * 100)} %"


def fit(lines: Sequence[Line], height: int) -> list[Line]:
    """As many as there is room for: the lowest ranks go first, of equals the last."""
    surplus = len(lines) - height
    if surplus <= 0:
        return list(lines)
    order = sorted(range(len(lines)), key=lambda i: (lines[i].rank, -i))
    gone = set(order[:surplus])
    return [line for number, line in enumerate(lines) if number not in gone]
