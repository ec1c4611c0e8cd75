"""Lines of a message as they are drawn, and how a text is wrapped into them.

A line remembers what stood between it and the line before, so that copied text has the breaks that
were written, not the ones of the screen. Styles are names (".code" is the component class
"transcript--code"). Knows nothing of widgets, Markdown and colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content
from textual.strip import Strip

TAB = 4
"""cells; a tab itself never reaches the terminal"""

LEAST = 8
"""cells: narrower texts are cut by the edge of the screen instead of wrapped"""


@dataclass(slots=True, eq=False)
class Line:
    """One line of the screen. Everything but `painted` stays as it was made."""

    content: Content
    fill: str = ""
    """style of the whole width"""
    start: int = 0
    """characters of decoration before the text that is copied"""
    glue: str | None = None
    """what a wrap replaced between the line before and this one; None: a line of its own"""
    painted: tuple[object, Strip] | None = None
    """the line in colours, with what they were made for"""

    def same(self, other: Line) -> bool:
        """Whether both look alike: the text and its styles."""
        return self.fill == other.fill and self.content.is_same(other.content)


def wrap(content: Content, width: int) -> Iterator[tuple[Content, str | None]]:
    """The lines of a text broken between words, each with its glue."""
    width = max(width, LEAST)
    for line in content.split("\n", allow_blank=True):
        line = line.expand_tabs(TAB)
        text = line.plain
        if _fits(text, width):
            yield line, None
            continue
        position, glue = 0, None
        for piece in line.wrap(width):
            start = text.index(piece.plain, position)
            yield piece, glue if glue is None else text[position:start]
            position, glue = start + len(piece.plain), ""


def fold(content: Content, width: int) -> Iterator[tuple[Content, str | None]]:
    """One line of code broken wherever it has to be, each piece with its glue."""
    width = max(width, LEAST)
    text = content.plain
    if _fits(text, width):
        yield content, None
        return
    cuts, cells = [], 0
    for index, character in enumerate(text):
        size = get_character_cell_size(character)
        if cells + size > width:
            cuts.append(index)
            cells = 0
        cells += size
    for number, piece in enumerate(content.divide(cuts)):
        yield piece, "" if number else None


def _fits(text: str, width: int) -> bool:
    return len(text) <= width and (text.isascii() or cell_len(text) <= width)
