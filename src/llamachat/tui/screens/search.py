"""Search in the words of all chats, as one types. Knows nothing of how the store finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input
from textual.widgets.option_list import Option

from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import Hit
from llamachat.errors import LlamaChatError
from llamachat.sanitize import one_line
from llamachat.tui.screens.listing import ListDialog
from llamachat.tui.screens.moments import WIDEST, when
from llamachat.tui.screens.visuals import Ends

REST = 0.15
"""seconds without a key before the store is asked"""
LIMIT = 50
_HINT = "Every word must occur; the last one may be unfinished."


class SearchScreen(ListDialog[Hit]):
    """Dismisses with the Hit that was chosen, or None."""

    @dataclass
    class Found(Message):
        """Posted by the thread that searched."""

        query: str
        hits: Sequence[Hit]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Go to it", id="search.open", tooltip="Open the chat there"),
    ]
    heading = "Search all chats"
    placeholder = "Words to look for"

    def __init__(self, store: ChatStore, query: str = "") -> None:
        super().__init__()
        self._store = store
        self._query = query
        self._hits: Sequence[Hit] = ()
        self._sought = ""
        """the words that they were found by"""
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self.show_rows((), empty=_HINT)
        self.field.value = self._query

    def action_choose(self) -> None:
        """Open the hit; or look now, where the hits are those of other words."""
        chosen = self.listing.highlighted
        if self._sought != self.field.value.strip():
            self._begin()
        elif chosen is not None:
            self.dismiss(self._hits[chosen])

    @on(Input.Changed)
    def _typed(self) -> None:
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(REST, self._begin)

    def _begin(self) -> None:
        if self._timer:
            self._timer.stop()
        query = self.field.value.strip()
        if not query:
            self._sought = ""
            self._show((), _HINT)
            return
        work = partial(self._search, query)
        self.run_worker(work, thread=True, exclusive=True, group="search")

    def _search(self, query: str) -> None:
        try:
            hits = self._store.search(query, limit=LIMIT)
        except LlamaChatError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Found(query, hits))

    @on(Found)
    def _found(self, event: Found) -> None:
        if event.query == self.field.value.strip():  # else a later search is on its way
            self.refuse("")
            self._sought = event.query
            self._show(event.hits, "Nothing found.")

    def _show(self, hits: Sequence[Hit], empty: str) -> None:
        self._hits = hits
        self.show_rows(map(_option, hits), empty=empty)
        many = f"the newest {LIMIT}" if len(hits) == LIMIT else f"{len(hits)} found"
        self.note(many if hits else "")


def _option(hit: Hit) -> Option:
    dialog = hit.chat.dialog
    names = {"user": dialog.user, "assistant": dialog.assistant}
    name = one_line(names.get(hit.role, hit.role))
    right = Content.styled(f"{name}  {when(hit.chat.updated):>{WIDEST}}", ".dialog--dim")
    return Option(Ends(Content(one_line(hit.chat.title)), right, below=_snippet(hit)))


def _snippet(hit: Hit) -> Content:
    """The words around the matches, indented; each piece is made safe by itself, because that may
    change its length."""
    parts: list[str | tuple[str, str]] = ["  "]
    at = 0
    for start, end in hit.marks:
        parts.append((one_line(hit.snippet[at:start]), ".dialog--dim"))
        parts.append((one_line(hit.snippet[start:end]), ".dialog--match"))
        at = end
    parts.append((one_line(hit.snippet[at:]), ".dialog--dim"))
    return Content.assemble(*parts)
