"""Text marked with the mouse: which characters of which line, and what is copied of them.

A line is named by its card and its number in it, not by its distance from the top, so that a
selection stays where it is while cards above it are measured. Knows nothing of widgets.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.geometry import Offset
from textual.selection import Selection

from llamachat.tui.widgets.message_card import MessageCard
from llamachat.tui.widgets.transcript_column import Column, Place

_BAND = 1 << 24
"""more lines than a card can have"""


def line_id(place: Place) -> int:
    """The name of a line, in the order of lines; stands for y in a selection."""
    return place[0] * _BAND + place[1]


def whole_card(column: Column, index: int) -> Selection:
    """A selection of all of a card but the empty line at its end."""
    last = len(column.cards[index].lines(column.width)) - 2
    end = len(column.cards[index].lines(column.width)[last].content)
    return Selection(Offset(0, line_id((index, 0))), Offset(end, line_id((index, last))))


def copied(column: Column, selection: Selection) -> str:
    """The marked text as it was written: without decoration, without the breaks of the screen."""
    first = selection.start.y // _BAND if selection.start else 0
    last = selection.end.y // _BAND if selection.end else len(column.cards) - 1
    text = ""
    for index in range(first, min(last + 1, len(column.cards))):
        for before, words in _pieces(column, index, selection):
            # Spaces at the end of a line are decoration too: they widen columns of tables.
            text = text.rstrip(" ") if before == "\n" else text
            text += before + words if text else words
    return text.strip("\n")


def _pieces(column: Column, index: int, selection: Selection) -> Iterator[tuple[str, str]]:
    """The marked parts of a card, each with what stands before it."""
    card = column.cards[index]
    if not card.made and isinstance(card, MessageCard):
        # Far from the viewport, hence wholly inside; its lines would cost too much.
        yield "\n", f"{card.row.name}\n{card.row.text}\n"
        return
    for number, line in enumerate(card.lines(column.width)):
        span = selection.get_span(line_id((index, number)))
        if span is not None:
            start, end = span
            text = line.content.plain[max(start, line.start) : None if end < 0 else end]
            yield "\n" if line.glue is None else line.glue, text
