"""Leaves of a message as lines of a given width. Knows nothing of widgets and colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.content import Content

from llamachat.tui.widgets.message_line import TAB, Line, fold, wrap
from llamachat.tui.widgets.message_markdown import EMPTY, Code, Leaf, Prose, Rule, Table

MEASURE = 100
"""cells: longer lines of prose are hard to read"""

DEEPEST = 0.5
"""of the width that markers and bars may take, before they are left out"""

HIGHLIGHTED = 20_000
"""characters of code that are coloured; more would hold up the screen noticeably"""

_CODE_PADDING = Content(" ")


def markdown_lines(leaves: Iterable[Leaf], width: int, *, opening: bool = True) -> list[Line]:
    """The lines of leaves; `opening`: nothing stands above, so no empty line comes first."""
    lines: list[Line] = []
    for leaf in leaves:
        if leaf.gap is not None and (lines or not opening):
            lines.append(Line(leaf.gap))
        lines.extend(leaf_lines(leaf, width))
    return lines


def leaf_lines(leaf: Leaf, width: int) -> Iterator[Line]:
    """The lines of one leaf, without the empty one above it."""
    first, rest = leaf.first, leaf.rest
    if rest.cell_length > width * DEEPEST:
        first = rest = EMPTY
    room = width - rest.cell_length
    match leaf.body:
        case Prose(text):
            pieces = wrap(text, min(room, MEASURE))
            yield from _prefixed(pieces, first, rest)
        case Code():
            yield from code_lines(leaf.body, room, first, rest)
        case Table(rows):
            from llamachat.tui.widgets.message_table import table_lines

            yield from _prefixed(((line, None) for line in table_lines(rows, room)), first, rest)
        case Rule():
            yield Line(first + Content.styled("─" * min(room, MEASURE), ".muted"))


def plain_lines(text: str, width: int, style: str = "") -> Iterator[Line]:
    """Text as it was typed, line by line."""
    for line in text.split("\n"):
        content = Content.styled(line, style) if style else Content(line)
        for piece, glue in wrap(content, min(width, MEASURE)):
            yield Line(piece, glue=glue)


def code_lines(code: Code, room: int, first: Content, rest: Content) -> Iterator[Line]:
    """The lines of a code block: its language, then the code, coloured once it is complete."""
    prefix = first
    if code.language:
        label = Content.styled(code.language, ".muted")
        yield Line(prefix + _CODE_PADDING + label, ".code", len(prefix) + 1)
        prefix = rest
    content = _coloured(code)
    for line in content.split("\n", allow_blank=True):
        yield from code_line(line, room, prefix, rest)
        prefix = rest


def code_line(
    line: Content, room: int, first: Content = EMPTY, rest: Content = EMPTY
) -> Iterator[Line]:
    """One line of code, broken where it is too long."""
    prefix = first
    for piece, glue in fold(line, room - 2):
        yield Line(prefix + _CODE_PADDING + piece, ".code", len(prefix) + 1, glue)
        prefix = rest


def _coloured(code: Code) -> Content:
    text = code.text.removesuffix("\n").expandtabs(TAB)
    if not (code.closed and code.language and len(text) <= HIGHLIGHTED):
        return Content(text)
    from textual.highlight import highlight  # with Pygments 20 ms, only once code appears

    return highlight(text, language=code.language)


def _prefixed(
    pieces: Iterable[tuple[Content, str | None]], first: Content, rest: Content
) -> Iterator[Line]:
    prefix = first
    for piece, glue in pieces:
        content = prefix + piece if prefix else piece
        yield Line(content, start=0 if glue is None else len(prefix), glue=glue)
        prefix = rest
