"""The cards of a transcript, one below the other, of which only those near the viewport have lines.

Other cards have a guessed height. Whenever one is measured, the place of the reader is what stays:
a place is a card and a line of it, not a distance from the top. Knows nothing of widgets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from llamachat.tui.widgets.message_card import Card, MessageCard
from llamachat.tui.widgets.message_line import Line
from llamachat.tui.widgets.transcript_heights import Heights

KEPT = 120
"""cards whose lines are kept in memory"""

Place = tuple[int, int]
"""a card and a line of it"""


class Column:
    """Cards and where they are at the present width."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.width = 80
        self._heights = Heights()
        self._made: OrderedDict[MessageCard, None] = OrderedDict()

    @property
    def total(self) -> int:
        """Height of all cards."""
        return self._heights.total

    def find(self, key: int) -> int:
        """The position of a row; the last one, should there be several."""
        for index in range(len(self.cards) - 1, -1, -1):
            card = self.cards[index]
            if isinstance(card, MessageCard) and card.row.key == key:
                return index
        raise KeyError(key)

    def position(self, card: Card) -> int:
        """Where a card is; quick for those near the end."""
        for index in range(len(self.cards) - 1, -1, -1):
            if self.cards[index] is card:
                return index
        raise KeyError(card)

    def show(self, cards: Sequence[Card]) -> None:
        """Replace all cards."""
        self.cards = list(cards)
        self._made.clear()
        self._guess()

    def resize(self, width: int) -> None:
        """Wrap for another width."""
        if width != self.width:
            self.width = width
            self._guess()

    def insert(self, index: int, card: Card) -> None:
        """Put a card before the one at `index`."""
        self.cards.insert(index, card)
        self._heights.insert(index, card.height(self.width))

    def truncate(self, length: int) -> None:
        """Drop the cards from `length` on."""
        for card in self.cards[length:]:
            if isinstance(card, MessageCard):
                self._made.pop(card, None)
        del self.cards[length:]
        self._heights.truncate(length)

    def update(self, index: int) -> None:
        """A card has changed: take its height anew."""
        card = self.cards[index]
        self._heights[index] = len(card.lines(self.width)) if card.made else card.height(self.width)

    def top(self, index: int) -> int:
        """The line where a card begins."""
        return self._heights.top(index)

    def height(self, index: int) -> int:
        """Lines of a card, measured or guessed."""
        return self._heights[index]

    def at(self, y: int) -> Place:
        """What is at line y."""
        return self._heights.at(y)

    def lines(self, y: int, count: int) -> Iterator[tuple[Place, Line]]:
        """The lines from y on, fewer at the end."""
        if not self.cards:
            return
        index, number = self.at(y)
        while count > 0 and index < len(self.cards):
            lines = self.cards[index].lines(self.width)[number : number + count]
            yield from (((index, number + offset), line) for offset, line in enumerate(lines))
            count -= len(lines)
            index, number = index + 1, 0

    def settle(self, place: Place, height: int) -> int:
        """Measure around a place at the top of a viewport; returns the line where it is then.

        A viewport more is measured on both sides, so that a page is always a page.
        """
        if not self.cards:
            return 0
        index = min(place[0], len(self.cards) - 1)
        self._measure(index, 2 * height + place[1], step=1)
        self._measure(index - 1, height, step=-1)
        self._forget()
        return self.top(index) + min(place[1], self._heights[index] - 1)

    def settle_end(self, height: int) -> int:
        """Measure what a viewport at the end shows; returns the line where it begins."""
        self._measure(len(self.cards) - 1, 2 * height, step=-1)
        self._forget()
        return max(self.total - height, 0)

    def _measure(self, index: int, lines: int, *, step: int) -> None:
        while lines > 0 and 0 <= index < len(self.cards):
            card = self.cards[index]
            self._heights[index] = len(card.lines(self.width))
            if isinstance(card, MessageCard):
                self._made[card] = None
                self._made.move_to_end(card)
            lines -= self._heights[index]
            index += step

    def _forget(self) -> None:
        """Drop lines that were made longest ago."""
        while len(self._made) > KEPT:
            card, _ = self._made.popitem(last=False)
            card.forget()

    def _guess(self) -> None:
        self._heights.reset(card.height(self.width) for card in self.cards)
