"""The transcript: the messages of a chat, and what a person wants done with them.

Draws and posts messages; the screen decides. Knows nothing of stores and engines.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from llamachat.sanitize import for_terminal
from llamachat.tui.rows import Row
from llamachat.tui.widgets.message_card import MessageCard
from llamachat.tui.widgets.message_markdown import code_blocks
from llamachat.tui.widgets.transcript_keys import TRANSCRIPT_BINDINGS
from llamachat.tui.widgets.transcript_marking import whole_card
from llamachat.tui.widgets.transcript_rows import TranscriptRows


class Transcript(TranscriptRows):
    """All messages of a chat; the selected one is marked while the transcript has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*TRANSCRIPT_BINDINGS]
    BINDING_GROUP_TITLE = "Messages"

    class RowMessage(Message):
        """Something is wanted of one message."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    class EditRequested(RowMessage):
        """Another version of a message is to be written."""

    class RegenerateRequested(RowMessage):
        """An answer is to be written once more, or a question answered once more."""

    class ForkRequested(RowMessage):
        """A new chat is to begin with all up to this message."""

    class SiblingRequested(RowMessage):
        """The version `step` places further is to be shown."""

        def __init__(self, row: Row, step: int) -> None:
            super().__init__(row)
            self.step = step

    class CopyRequested(Message):
        """A text is to be copied; `what` says in words what it is."""

        def __init__(self, text: str, what: str) -> None:
            super().__init__()
            self.text = text
            self.what = what

    class LinkRequested(Message):
        """A link was clicked."""

        def __init__(self, target: str) -> None:
            super().__init__()
            self.target = target

    class Left(Message):
        """The person wants to write again."""

    def __init__(self, *, markdown: bool = True) -> None:
        super().__init__(markdown=markdown)
        self._clicked = 0
        self._copied_code: tuple[int, int] = (0, -1)
        """of which row which code block was copied last"""

    # Selecting

    @property
    def selected(self) -> Row | None:
        """The selected message."""
        return self.chosen.row if isinstance(self.chosen, MessageCard) else None

    def _select(self) -> Row | None:
        """The selected message; where none is yet, the last one in view becomes it."""
        if self.chosen is None and self.column.cards:
            last = self.column.at(round(self.scroll_y) + self.size.height - 1)[0]
            self._choose(self._message(last, -1))
        return self.selected

    def _in_view(self, index: int) -> bool:
        top, first = self.column.top(index), round(self.scroll_y)
        return first - self.column.height(index) < top < first + self.size.height

    def on_focus(self) -> None:
        """What was selected long ago and is out of sight is not what is meant now."""
        if self.chosen is not None and not self._in_view(self.column.position(self.chosen)):
            self.chosen = None
        self._select()
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        if self.column.cards and event.x < self.size.width:
            self._clicked = self.column.at(round(self.scroll_y) + event.y)[0]
            self._choose(self._clicked)

    def text_select_all(self) -> None:
        """A double click marks a message, not the whole chat."""
        if self.column.cards:
            self.screen.selections = {self: whole_card(self.column, self._clicked)}

    def action_previous(self) -> None:
        self._step(-1)

    def action_next(self) -> None:
        self._step(1)

    def _step(self, step: int) -> None:
        """Select the next message; in one that is longer than the screen, read on first."""
        room, first = self.size.height, round(self.scroll_y)
        if self.chosen is None:
            self._select()
            return
        index = self.column.position(self.chosen)
        top, bottom = self.column.top(index), self.column.top(index) + self.column.height(index)
        if (top < first < bottom) if step < 0 else (top < first + room < bottom):
            self.go_to(first + step * max(room // 2, 1))
            return
        found = self._message(index + step, step)
        if found is not None:
            self._choose(found)
            self.show_card(found, end=step < 0)

    def _message(self, index: int, step: int) -> int | None:
        """The nearest message from a card on; remarks can not be selected."""
        cards = self.column.cards
        while 0 <= index < len(cards):
            if isinstance(cards[index], MessageCard):
                return index
            index += step
        return None

    def _choose(self, index: int | None) -> None:
        if index is not None and isinstance(self.column.cards[index], MessageCard):
            self.chosen = self.column.cards[index]
            self.refresh()

    # Scrolling

    def action_page_up(self) -> None:
        self.go_to(self.scroll_y - max(self.size.height - 1, 1))

    def action_page_down(self) -> None:
        self.go_to(self.scroll_y + max(self.size.height - 1, 1))

    def action_begin(self) -> None:
        self.go_to(0)

    def action_follow(self) -> None:
        self.following = True

    # What is wanted of the selected message

    def action_copy(self) -> None:
        if row := self._select():
            self.post_message(self.CopyRequested(for_terminal(row.text), "message"))

    def action_copy_code(self) -> None:
        """The first block, then the next one each time."""
        row = self._select()
        blocks = code_blocks(for_terminal(row.text)) if row is not None else []
        if row is None or not blocks:
            self.notify("This message has no code block.", markup=False)
            return
        key, last = self._copied_code
        number = (last + 1) % len(blocks) if key == row.key else 0
        self._copied_code = (row.key, number)
        what = f"code block {number + 1} of {len(blocks)}" if len(blocks) > 1 else "code block"
        self.post_message(self.CopyRequested(blocks[number], what))

    def action_edit(self) -> None:
        if row := self._select():
            self.post_message(self.EditRequested(row))

    def action_regenerate(self) -> None:
        row = self._select()
        if row is not None and row.role != "system":
            self.post_message(self.RegenerateRequested(row))

    def action_fork(self) -> None:
        if row := self._select():
            self.post_message(self.ForkRequested(row))

    def action_sibling(self, step: int) -> None:
        if row := self._select():
            self._sibling(row, step)

    def action_sibling_of(self, key: int, step: int) -> None:
        """An arrow beside a name was clicked."""
        card = self.column.cards[self.column.find(key)]
        assert isinstance(card, MessageCard)
        self._sibling(card.row, step)

    def _sibling(self, row: Row, step: int) -> None:
        if 1 <= row.place + step <= row.places:
            self.post_message(self.SiblingRequested(row, step))

    def action_open(self) -> None:
        if self._select() and self.chosen is not None:
            self._open(self.column.position(self.chosen))

    def action_open_of(self, key: int) -> None:
        """The line below a folded text was clicked."""
        self._open(self.column.find(key))

    def _open(self, index: int) -> None:
        card = self.column.cards[index]
        if isinstance(card, MessageCard) and card.foldable:
            card.change(card.row, opened=not card.opened)
            self.column.update(index)
            self.settle()

    def action_open_link(self, target: str) -> None:
        """A link was clicked."""
        self.post_message(self.LinkRequested(target))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While an answer is being written Escape is for the screen, which stops it."""
        return self._growing is None if action == "leave" else True

    def action_leave(self) -> None:
        self.post_message(self.Left())
