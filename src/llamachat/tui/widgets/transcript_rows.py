"""What a transcript holds: rows come and go, answers grow, remarks of ours stand between them.

A flush of a growing answer repaints its last lines; only when a line is added, all that scrolls.
Knows nothing of keys and of what is done with messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.geometry import Region

from llamachat.sanitize import for_terminal
from llamachat.tui.rows import Row
from llamachat.tui.widgets.message_card import Card, MessageCard, RemarkCard
from llamachat.tui.widgets.transcript_view import MARGIN, TranscriptView


class TranscriptRows(TranscriptView):
    """The messages of a chat, from the first to the one being written."""

    def __init__(self, *, markdown: bool = True) -> None:
        """`markdown`: whether answers are Markdown or shown as they are."""
        super().__init__()
        self._markdown = markdown
        self._growing: MessageCard | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """All messages as they are shown now."""
        return tuple(card.row for card in self.column.cards if isinstance(card, MessageCard))

    async def show_rows(self, rows: Sequence[Row]) -> None:
        """Replace everything, and go to the end."""
        self._growing = self.chosen = None
        self._unmark()
        self.column.show([self._card(row) for row in rows])
        self._follow()

    async def append(self, row: Row) -> None:
        """Add a message at the end, and go there; what was selected before is done with."""
        self.chosen = None
        self.column.insert(len(self.column.cards), self._card(row))
        self._follow()

    async def begin_answer(self, row: Row) -> None:
        """Add an answer that is about to be written."""
        self._growing = MessageCard(row, markdown=self._markdown, growing=True)
        self.column.insert(len(self.column.cards), self._growing)
        self._follow()

    async def write(self, text: str) -> None:
        """Add to the answer that is being written."""
        card = self._growing
        if card is None:
            raise RuntimeError("no answer has begun")
        index = self.column.position(card)
        before = self.column.height(index)
        changed = card.grow(text)
        self.column.update(index)
        self._redraw(index, changed, higher=self.column.height(index) != before)

    async def finish_answer(self, row: Row) -> None:
        """The answer is complete: show it as it is stored."""
        card, self._growing = self._growing, None
        if card is None:
            raise RuntimeError("no answer has begun")
        self._change(self.column.position(card), row)

    async def replace(self, key: int, row: Row) -> None:
        """Show another row in the place of one."""
        self._change(self.column.find(key), row)

    async def truncate(self, key: int | None, *, with_it: bool = False) -> None:
        """Drop what follows a row, or that row too; all, where there is none."""
        length = 0 if key is None else self.column.find(key) + (not with_it)
        dropped = self.column.cards[length:]
        if self._growing in dropped:
            self._growing = None
        if self.chosen in dropped:
            self.chosen = None
        self._unmark()
        self.column.truncate(length)
        self.settle()

    def say(self, text: str, kind: Literal["note", "warning", "error"] = "note") -> None:
        """A line of ours at this point of the chat; it is not stored."""
        cards = self.column.cards
        card = self._growing
        waiting = card is not None and not card.row.text.strip()
        index = self.column.position(card) if card is not None and waiting else len(cards)
        self.column.insert(index, RemarkCard(text, kind))
        self.settle()

    def unsay(self, text: str) -> None:
        """What was said holds no more."""
        cards = self.column.cards
        kept = [card for card in cards if not (isinstance(card, RemarkCard) and card.says(text))]
        if len(kept) < len(cards):
            self.column.show(kept)
            self.settle()

    def show_markdown(self, markdown: bool) -> None:
        """Whether answers are Markdown from now on; those that are here are read again."""
        self._markdown = markdown
        for card in self.column.cards:
            if isinstance(card, MessageCard):
                card.read_as(markdown=markdown)
        self.column.show(self.column.cards)
        self.settle()

    def set_empty(self, text: str) -> None:
        """What to show while there is no message."""
        self.hint = for_terminal(text)
        self.refresh()

    def show_row(self, key: int, words: str = "") -> None:
        """Scroll to where a message begins, or has these words, and select it."""
        index = self.column.find(key)
        self.chosen = card = self.column.cards[index]
        line = self._line_of(words, card)
        if words and line is None and isinstance(card, MessageCard) and card.foldable:
            card.change(card.row, opened=True)
            self.column.update(index)
            line = self._line_of(words, card)
        self.go_to_card(index, line or 0)

    def _line_of(self, words: str, card: Card) -> int | None:
        """The first line of a card with these words in it."""
        lines = enumerate(card.lines(self.column.width))
        found = (n for n, line in lines if words.casefold() in line.content.plain.casefold())
        return next(found, None) if words else None

    def _unmark(self) -> None:
        """What was marked with the mouse is gone."""
        if self in self.screen.selections:
            self.screen.clear_selection()

    def _card(self, row: Row) -> Card:
        return MessageCard(row, markdown=self._markdown)

    def _follow(self) -> None:
        if self.following:
            self.settle()
        else:
            self.following = True  # its watcher settles

    def _change(self, index: int, row: Row) -> None:
        card = self.column.cards[index]
        assert isinstance(card, MessageCard)
        card.change(row)
        self.column.update(index)
        self.settle()

    def _redraw(self, index: int, changed: int, *, higher: bool) -> None:
        """Draw a card from a line on; with its height, the end of the column has moved."""
        room = self.size.height
        before = round(self.scroll_y)
        if higher:
            self._move_to(self.column.settle_end(room) if self.following else before)
        y = self.column.top(index) + changed - round(self.scroll_y)
        if round(self.scroll_y) == before and y < room:
            lines = room if higher else self.column.height(index) - changed
            top, width = max(y, 0), self.room + MARGIN  # the scroll bar is drawn by itself
            self.refresh(Region(0, top, width, min(lines, room - top)))
