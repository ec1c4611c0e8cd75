"""A table as lines of text: columns as wide as their words, narrower where the screen is.

Knows nothing of Markdown and widgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from textual.content import Content

from llamachat.tui.widgets.message_line import wrap

_GUTTER = "  "
_NARROWEST = 3
"""cells of a column"""

Row = Sequence[Content]


def table_lines(rows: Sequence[Row], width: int) -> list[Content]:
    """The lines of a table; the first row is its header."""
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        return []
    wide = [
        max(cell_len(line) for row in rows for line in _cell(row, number).plain.split("\n"))
        for number in range(columns)
    ]
    sizes = _shrunk([max(size, _NARROWEST) for size in wide], width - len(_GUTTER) * (columns - 1))
    header, *body = rows
    lines = [line.stylize(".strong") for line in _row_lines(header, sizes)]
    lines.append(Content.styled(_GUTTER.join("─" * size for size in sizes), ".muted"))
    for row in body:
        lines.extend(_row_lines(row, sizes))
    return lines


def _cell(row: Row, number: int) -> Content:
    return row[number] if number < len(row) else Content("")


def _shrunk(sizes: list[int], room: int) -> list[int]:
    """The widest columns give first, until all fit."""
    while sum(sizes) > room and max(sizes) > _NARROWEST:
        widest = max(sizes)
        second = max((size for size in sizes if size < widest), default=_NARROWEST)
        count = sizes.count(widest)
        step = min(widest - max(second, _NARROWEST), -(-(sum(sizes) - room) // count))
        sizes = [size - max(step, 1) if size == widest else size for size in sizes]
    return sizes


def _row_lines(row: Row, sizes: Sequence[int]) -> list[Content]:
    cells = [
        [piece for piece, _ in wrap(_cell(row, number), size)] for number, size in enumerate(sizes)
    ]
    gutter, empty = Content(_GUTTER), Content("")
    lines = []
    for pieces in zip_longest(*cells, fillvalue=empty):
        padded = [_fitted(piece, size) for piece, size in zip(pieces, sizes, strict=True)]
        lines.append(gutter.join(padded).rstrip())
    return lines


def _fitted(piece: Content, size: int) -> Content:
    """As wide as its column; longer only where a column is narrower than a word may be cut."""
    missing = size - piece.cell_length
    return piece.pad_right(missing) if missing > 0 else piece.truncate(size)
