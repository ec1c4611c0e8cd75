"""The list of chats: find one by typing, open, rename, delete and take back, begin a new one.

What is done here is done to the store at once; which chat is on the screen behind is the caller's
business. Knows nothing of engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import ChatRecord
from llamachat.sanitize import one_line
from llamachat.tui.screens.listing import ListDialog
from llamachat.tui.screens.moments import WIDEST, when
from llamachat.tui.screens.preview import ChatPreview
from llamachat.tui.screens.rename_field import RenameField
from llamachat.tui.screens.visuals import Ends, Lazy

UNDO_SECONDS = 8.0
"""how long a deletion is offered to be taken back in words; the key works until the list closes"""
_COUNT, _MODEL = 14, 16


@dataclass(frozen=True, slots=True)
class _Row:
    chat: ChatRecord
    words: str
    """what the filter looks at"""
    option: Option


class ChatsScreen(ListDialog[int | Literal["new"]]):
    """Dismisses with the id of a chat, "new", or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open", id="chats.open", tooltip="Go on with this chat"),
        Binding("ctrl+n,n", "new", "New", id="chats.new", tooltip="Begin a new chat"),
        Binding("f2,r", "rename", "Rename", id="chats.rename", tooltip="Give it another title"),
        Binding("ctrl+d,delete", "delete", "Delete", id="chats.delete", tooltip="Delete this chat"),
        Binding("ctrl+z,u", "undelete", "Undo", id="chats.undelete", tooltip="Bring it back"),
    ]
    heading = "Chats"
    placeholder = "Type to find a chat by its title or model"

    def __init__(self, store: ChatStore) -> None:
        super().__init__()
        self._store = store
        self._rows: dict[str, _Row] = {}
        self._deleted: list[ChatRecord] = []
        self._offer: Timer | None = None

    def body(self) -> ComposeResult:
        with Horizontal(classes="chats"):
            with Container(classes="chats-list"):
                yield from super().body()
                yield RenameField(classes="chats-rename")
            yield ChatPreview(self._store)

    def on_mount(self) -> None:
        self._read()

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
        chat = self.chat
        if chat is None:
            return
        self._store.delete(chat.id)
        self._deleted.append(chat)
        self._read(near=self.listing.highlighted)
        self._offer_undo(chat)

    def action_undelete(self) -> None:
        chat = self._deleted.pop()
        self._store.undelete(chat.id)
        self._offer_ends()
        self._read(highlight=str(chat.id))

    @on(RenameField.Renamed)
    def _rename(self, event: RenameField.Renamed) -> None:
        if self.chat and event.title != self.chat.title:
            self._store.rename(self.chat.id, event.title)
            self._read(highlight=str(self.chat.id))

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

    def _read(self, *, highlight: str | None = None, near: int | None = None) -> None:
        """Read the chats again; 5,000 take about 0.1 s."""
        rows = map(_row, self._store.chats())
        self._rows = {str(row.chat.id): row for row in rows}
        self._show(highlight=highlight)
        if near is not None and self._rows:
            self.listing.highlighted = near
        self.refresh_bindings()

    def _show(self, *, highlight: str | None = None) -> None:
        wanted = self.field.value.casefold().split()
        shown = [row for row in self._rows.values() if all(word in row.words for word in wanted)]
        empty = "No chat has that in its title." if self._rows else "No chats yet."
        self.show_rows([row.option for row in shown], highlight=highlight, empty=empty)
        if not shown:
            self.query_one(ChatPreview).chat = None
        self._describe()

    def _describe(self) -> None:
        """The whole name of the model and how many rows there are, unless an undo is offered."""
        if self._offer is None:
            model = f"{one_line(self.chat.model)}   " if self.chat else ""
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


def _row(chat: ChatRecord) -> _Row:
    option = Option(Lazy(partial(_line, chat)), str(chat.id))
    return _Row(chat, f"{chat.title} {chat.model}".casefold(), option)


def _line(chat: ChatRecord) -> Ends:
    count = f"{chat.messages:,} message{'' if chat.messages == 1 else 's'}"
    figures = f"{count:>{_COUNT}}  {when(chat.updated):>{WIDEST}}"
    return Ends(
        Content(one_line(chat.title) or "Untitled"),
        Content.styled(figures, ".dialog--dim"),
        Content.styled(one_line(chat.model), ".dialog--dim").truncate(_MODEL, ellipsis=True),
    )


def _counted(shown: int, all_of_them: int) -> str:
    return f"{shown:,} of {all_of_them:,}" if shown != all_of_them else f"{shown:,}"
