"""The last messages of the highlighted chat, beside the list on wide terminals.

Read in a thread a moment after the highlight has come to rest, so that the arrow keys stay light.
Knows nothing of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.errors import LlamaChatError
from llamachat.sanitize import for_terminal, one_line

MESSAGES = 6
CHARACTERS = 800
"""of each message"""
REST = 0.12
"""seconds"""


class ChatPreview(VerticalScroll, can_focus=False):
    """Set `chat`; nothing is read while the preview is not shown."""

    chat: reactive[ChatRecord | None] = reactive(None)

    @dataclass
    class Read(Message):
        """Posted by the thread."""

        chat: ChatRecord
        rows: Sequence[StoredMessage]
        trouble: str = ""

    def __init__(self, store: ChatStore) -> None:
        super().__init__(classes="chats-preview")
        self._store = store
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def watch_chat(self, chat: ChatRecord | None) -> None:
        if self._timer:
            self._timer.stop()
        if chat is None:
            self.query_one(Static).update("")
        else:
            self._timer = self.set_timer(REST, self._begin)

    def on_show(self) -> None:
        """A terminal that became wide."""
        self._begin()

    def _begin(self) -> None:
        if self.chat and self.display and self.size:
            work = partial(self._read, self.chat)
            self.run_worker(work, thread=True, exclusive=True, group="preview")

    def _read(self, chat: ChatRecord) -> None:
        try:
            rows = self._store.line(chat.id).rows[-MESSAGES:]
        except LlamaChatError as error:
            self.post_message(self.Read(chat, (), str(error)))
        else:
            self.post_message(self.Read(chat, rows))

    @on(Read)
    def _draw(self, event: Read) -> None:
        if self.chat and self.chat.id == event.chat.id:
            trouble = Content(for_terminal(event.trouble))
            self.query_one(Static).update(trouble or _content(event.chat, event.rows))
            self.scroll_end(animate=False)


def _content(chat: ChatRecord, rows: Sequence[StoredMessage]) -> Content:
    names = {"user": chat.dialog.user, "assistant": chat.dialog.assistant}
    parts: list[str | tuple[str, str]] = []
    for row in rows:
        name = names.get(row.message.role, row.message.role)
        text = row.message.text.strip()
        cut = text[:CHARACTERS] + ("…" if len(text) > CHARACTERS else "")
        parts += [(f"{one_line(name)}\n", ".dialog--dim"), f"{for_terminal(cut)}\n\n"]
    if chat.draft:
        draft = for_terminal(chat.draft[:CHARACTERS])
        parts += [("Draft\n", ".dialog--warn"), (draft, ".dialog--dim")]
    return Content.assemble(*parts).rstrip()
