"""The table of a comparison in the columns of a terminal.

Names give way where it is narrow, keeping their ends, which tell types apart; then columns do, from
the least telling. Knows figures in words, nothing of drawing.
"""

from __future__ import annotations

from llamachat.cli.cells import ELLIPSIS, padded, width
from llamachat.compare.figures import Comparison
from llamachat.compare.words import HEADINGS, cells
from llamachat.sanitize import one_line

_GAP = 2
_LEAST_NAME = 8
_FIRST_TO_GO = ("bits", "load", "same", "memory", "prefill", "KLD", "size", "decode")


def table_lines(comparison: Comparison, columns: int | None) -> list[str]:
    """The heading and a line for each model; `columns` is None where nothing is cut."""
    rows = [cells(row) for row in comparison.rows]
    names = [one_line(row.subject.label) for row in comparison.rows]
    shown = list(range(len(HEADINGS)))
    widths = [max(width(line[at]) for line in ([h.short for h in HEADINGS], *rows)) for at in shown]
    longest = max(5, *(width(name) for name in names))
    if columns is None:
        name_width = longest
    else:
        for gone in _FIRST_TO_GO:
            if _needed(widths, shown) + _LEAST_NAME <= columns:
                break
            shown = [at for at in shown if HEADINGS[at].short != gone]
        name_width = max(1, min(longest, columns - _needed(widths, shown)))
    gap = " " * _GAP

    def line(name: str, words: list[str]) -> str:
        figures = (padded(words[at], widths[at], right=True) for at in shown)
        return gap.join([padded(_end_of(name, name_width), name_width), *figures])

    lines = [line(name, words) for name, words in zip(names, rows, strict=True)]
    return [line("model", [head.short for head in HEADINGS]), *lines]


def _needed(widths: list[int], shown: list[int]) -> int:
    """Columns beside the name."""
    return sum(widths[at] + _GAP for at in shown)


def _end_of(name: str, columns: int) -> str:
    if width(name) <= columns:
        return name
    while name and width(name) >= columns:
        name = name[1:]
    return ELLIPSIS + name
