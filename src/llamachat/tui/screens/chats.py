"""The list of chats: find one by typing, open, rename, delete and take back, begin a new one.

What is done here is done to the store at once; which chat is on the screen behind is the caller's
business. Knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, OptionList

from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import ChatRecord
from llamachat.errors import LlamaChatError
from llamachat.sanitize import one_line
from llamachat.tui.hints import told
from llamachat.tui.screens.chat_line import ChatRow, chat_row, model_name
from llamachat.tui.screens.listing import ListDialog
from llamachat.tui.screens.preview import ChatPreview
from llamachat.tui.screens.rename_field import RenameField

AT_ONCE = 100
"""so many of the newest are there with the list itself, for a quick Enter"""
UNDO_SECONDS = 8.0
"""how long a deletion is offered to be taken back in words; the key works until the list closes"""


class ChatsScreen(ListDialog[int | Literal["new"]]):
    """Dismisses with the id of a chat, "new", or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open", id="chats.open", tooltip="Go on with this chat"),
        Binding("ctrl+n,n", "new", "New", id="chats.new", tooltip="Begin a new chat"),
        Binding("f2,r", "rename", "Rename", id="chats.rename", tooltip="Give it another title"),
        Binding("ctrl+d,delete", "delete", "Delete", id="chats.delete", tooltip="Delete this chat"),
        Binding("ctrl+z,u", "undelete", "Undo", id="chats.undelete", tooltip="Bring it back"),
    ]

    @dataclass
    class Listed(Message):
        """Posted by the thread that read the chats."""

        rows: Sequence[ChatRow]

    heading = "Chats"
    placeholder = "Type to find a chat by its title or model"

    def __init__(self, store: ChatStore, current: int | None = None) -> None:
        super().__init__()
        self._store = store
        self._current = current
        """the chat that is open"""
        self._rows: dict[str, ChatRow] = {}
        """by id, newest first"""
        self._reading = False
        """more are on their way"""
        self._deleted: list[ChatRecord] = []
        self._offer: Timer | None = None

    def body(self) -> ComposeResult:
        with Horizontal(classes="chats"):
            with Container(classes="chats-list"):
                yield from super().body()
                yield RenameField(classes="chats-rename")
            yield ChatPreview(self._store)

    def on_mount(self) -> None:
        try:
            newest = self._store.chats(limit=AT_ONCE)
        except LlamaChatError as error:
            self.refuse(told(error))
            return
        self._reading = len(newest) == AT_ONCE
        self._keep(map(self._row, newest))
        self._show()
        if self._reading:
            self.run_worker(self._read, thread=True)

    @property
    def chat(self) -> ChatRecord | None:
        """The highlighted one."""
        row = self._rows.get(self.listing.chosen or "")
        return row.chat if row else None

    @property
    def renaming(self) -> bool:
        return self.query_one(RenameField).active

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("choose", "new", "rename", "delete", "undelete", "move") and self.renaming:
            return False
        if action == "undelete" and not self._deleted:
            return False
        return super().check_action(action, parameters)

    def action_choose(self) -> None:
        if self.chat:
            self.dismiss(self.chat.id)

    def action_new(self) -> None:
        self.dismiss("new")

    def action_rename(self) -> None:
        if self.chat and self.listing.highlighted is not None:
            line = self.listing.highlighted - self.listing.scroll_offset.y
            self.query_one(RenameField).begin(self.chat.title, line)

    def action_delete(self) -> None:
        """Delete the highlighted chat; the highlight goes to the next one."""
        chat, near = self.chat, self.listing.highlighted
        if chat is None or not self._changed(partial(self._store.delete, chat.id)):
            return
        del self._rows[str(chat.id)]
        self._deleted.append(chat)
        self._show()
        self.listing.highlighted = near
        self.refresh_bindings()
        self._offer_undo(chat)

    def action_undelete(self) -> None:
        chat = self._deleted[-1]
        if not self._changed(partial(self._store.undelete, chat.id)):
            return
        self._deleted.pop()
        rows = [*self._rows.values(), self._row(chat)]
        self._keep(sorted(rows, key=lambda row: row.chat.updated, reverse=True))
        self._offer_ends()
        self._show(highlight=str(chat.id))

    @on(RenameField.Renamed)
    def _rename(self, event: RenameField.Renamed) -> None:
        chat = self.chat
        if chat is None or event.title == chat.title:
            return
        if self._changed(partial(self._store.rename, chat.id, event.title)):
            self._rows[str(chat.id)] = self._row(self._store.get(chat.id))
            self._show(highlight=str(chat.id))

    @on(RenameField.Ended)
    def _after_rename(self) -> None:
        self.field.focus()

    @on(Input.Changed, "FilterInput")
    def _filter(self) -> None:
        self._show()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self.query_one(ChatPreview).chat = self.chat
        self._describe()

    @on(Listed)
    def _listed(self, event: Listed) -> None:
        self._reading = False
        gone = {chat.id for chat in self._deleted}
        self._keep(row for row in event.rows if row.chat.id not in gone)
        self._show(highlight=self.listing.chosen)

    def _read(self) -> None:
        """In a thread: 5,000 chats take 0.2 s."""
        try:
            rows = [self._row(chat) for chat in self._store.chats()]
        except LlamaChatError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Listed(rows))

    def _row(self, chat: ChatRecord) -> ChatRow:
        return chat_row(chat, is_open=chat.id == self._current)

    def _keep(self, rows: Iterable[ChatRow]) -> None:
        self._rows = {str(row.chat.id): row for row in rows}
        self.refresh_bindings()

    def _changed(self, change: Callable[[], object]) -> bool:
        """Whether the store did it; if not, it says why."""
        try:
            change()
        except LlamaChatError as error:
            self.refuse(told(error))
            return False
        self.refuse("")
        return True

    def _show(self, *, highlight: str | None = None) -> None:
        wanted = self.field.value.casefold().split()
        shown = [row for row in self._rows.values() if all(word in row.words for word in wanted)]
        nothing = "No chat has that in its title or model." if self._rows else "No chats yet."
        empty = "" if self._reading else nothing
        self.show_rows([row.option for row in shown], highlight=highlight, empty=empty)
        if not shown:
            self.query_one(ChatPreview).chat = None
        self._describe()

    def _describe(self) -> None:
        """The whole name of the model and how many rows there are, unless an undo is offered."""
        if self._offer is None:
            model = f"{model_name(self.chat.model)}   " if self.chat else ""
            self.note(model + _counted(self.listing.option_count, len(self._rows)))

    def _offer_undo(self, chat: ChatRecord) -> None:
        if self._offer:
            self._offer.stop()
        self._offer = self.set_timer(UNDO_SECONDS, self._offer_ends)
        keys = [
            self.app.get_key_display(active.binding)
            for active in self.active_bindings.values()
            if active.binding.action == "undelete"
        ]
        back = f"{keys[0]} brings back" if keys else "deleted:"
        self.note(f"{back} “{one_line(chat.title)}”")

    def _offer_ends(self) -> None:
        if self._offer:
            self._offer.stop()
        self._offer = None
        self._describe()


def _counted(shown: int, all_of_them: int) -> str:
    return f"{shown:,} of {all_of_them:,}" if shown != all_of_them else f"{shown:,}"
