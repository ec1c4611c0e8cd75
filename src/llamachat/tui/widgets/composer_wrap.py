"""Wrapping of long lines that costs what changed.

Textual wraps a whole line again for each key: 6 ms for a paragraph of 10,000 Chinese characters,
and as much again to cut it into rows. Here a key costs the rows from the edit on. Knows no widget.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from textual._wrap import compute_wrap_offsets
from textual.document._document import Location
from textual.document._wrapped_document import WrappedDocument

LONG = 500
"""characters from which a line is worth it"""


class DraftWrapping(WrappedDocument):
    """A wrapped document that keeps the rows above an edit."""

    def get_sections(self, line_index: int) -> list[str]:
        line = self.document[line_index]
        cuts = [0, *self.get_offsets(line_index), len(line)]
        return [line[start:end] for start, end in pairwise(cuts)]

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        row, column = start
        rows = {row, old_end[0], new_end[0]}
        line = self.document[row] if row < self.document.line_count else ""
        if len(rows) > 1 or len(line) < LONG or "\t" in line or not self._width:
            super().wrap_range(start, old_end, new_end)
        else:
            self._replace_offsets(row, self._wrapped_from(line, self.get_offsets(row), column))

    def _wrapped_from(self, line: str, offsets: list[int], column: int) -> list[int]:
        """Where the line breaks, given where it broke before an edit at the column."""
        kept = _unmoved(line, offsets, column)
        begin = kept[-1] if kept else 0
        below = compute_wrap_offsets(line[begin:], self._width, self._tab_width)
        return [*kept, *(begin + offset for offset in below)]

    def _replace_offsets(self, row: int, offsets: list[int]) -> None:
        former = self._line_index_to_offsets[row]
        top, height = former[0], len(offsets) + 1
        self._wrap_offsets[row] = offsets
        self._offset_to_line_info[top : top + len(former)] = [(row, part) for part in range(height)]
        self._line_index_to_offsets[row] = list(range(top, top + height))
        moved = height - len(former)
        if moved:
            for below in range(row + 1, len(self._line_index_to_offsets)):
                numbers = self._line_index_to_offsets[below]
                self._line_index_to_offsets[below] = [number + moved for number in numbers]


def _unmoved(line: str, offsets: list[int], column: int) -> list[int]:
    """The breaks that an edit at the column leaves where they are.

    The row of the edit and the one above can change: a word that became shorter moves up. A word
    that fills the row above may do the same, unless it was itself broken at the row's begin.
    """
    kept = offsets[: max(0, bisect_right(offsets, column) - 1)]
    while kept:
        begin, end = kept[-1], offsets[len(kept)]
        is_one_word = not any(map(str.isspace, line[begin:end]))
        if not (is_one_word and line[begin - 1].isspace()):
            break
        kept.pop()
    return kept
