"""All chats of a person: made, found, listed, named, deleted and brought back.

Safe to use from the thread of the screen and those that generate, at once; other processes may use
the same file. Knows nothing of engines or screens.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from llamachat.chat.dialog import Dialog
from llamachat.chat.store import messages as tree
from llamachat.chat.store import search, unfinished
from llamachat.chat.store.chat_rows import chat_at, insert_chat, select_chats, set_columns
from llamachat.chat.store.database import Database
from llamachat.chat.store.encoding import encode_dialog, encode_values
from llamachat.chat.store.line import StoredLine
from llamachat.chat.store.owners import is_alive
from llamachat.chat.store.records import ChatRecord, Hit, StoredMessage
from llamachat.errors import UsageError
from llamachat.paths import data_dir

_NEWEST_FIRST = "ORDER BY updated DESC, chat.id DESC LIMIT ?"
_NOT_EMPTY = "(draft <> '' OR EXISTS (SELECT 1 FROM message WHERE message.chat = chat.id))"


def chats_path() -> Path:
    return data_dir() / "chats.db"


class ChatStore:
    """What is read includes the answers whose writer died: they end with "abandoned".

    Raises (on construction, and where it is read or written):
        UsageError: the file is damaged, newer than this program or not ours; no such chat.
        LlamaChatError: it cannot be opened, read or written, or the disk is full.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._database = Database(path or chats_path())
        self._lines: weakref.WeakSet[StoredLine] = weakref.WeakSet()

    def __enter__(self) -> ChatStore:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def create(
        self,
        dialog: Dialog,
        *,
        prompt_template: str = "",
        model: str = "",
        settings: Mapping[str, Any] | None = None,
    ) -> ChatRecord:
        """A new chat, not listed before something is said or typed."""
        now = time.time()
        record = ChatRecord(
            id=0,
            title="",
            created=now,
            updated=now,
            prompt_template=prompt_template,
            dialog=dialog,
            settings=settings or {},
            model=model,
            draft="",
            messages=0,
            leaf=None,
        )
        return self.insert(record, ())

    def insert(self, record: ChatRecord, messages: Sequence[StoredMessage]) -> ChatRecord:
        """A chat from elsewhere, as a new one: numbers are given anew, parents come first."""
        numbers: dict[int | None, int | None] = {None: None}
        with self._database.writing(durable=True) as connection:
            chat = insert_chat(connection, record)
            for row in messages:
                numbers[row.id] = tree.add_message(
                    connection,
                    chat,
                    numbers[row.parent],
                    row.message,
                    created=row.created,
                    model=row.model,
                    stats=row.stats,
                ).id
            title = record.title or tree.first_title(connection, chat)
            set_columns(connection, chat, leaf=numbers[record.leaf], title=title)
            return chat_at(connection, chat)

    def get(self, chat: int) -> ChatRecord:
        self._recover()
        with self._database.reading() as connection:
            return chat_at(connection, chat)

    def latest(self) -> ChatRecord | None:
        """The one in which something was said last."""
        return next(iter(self.chats(limit=1)), None)

    def to_resume(self, chat: int | Literal["latest"]) -> ChatRecord:
        """Raises UsageError where there is none, or it was deleted."""
        record = self.latest() if chat == "latest" else self.get(chat)
        if record is None:
            raise UsageError("There is no chat to resume yet.", "Begin one: llamachat")
        if record.deleted is not None:
            raise UsageError(
                f"Chat {record.id} is deleted.",
                f"Have it back: llamachat chats undelete {record.id}",
            )
        return record

    def chats(self, *, limit: int | None = None, deleted: bool = False) -> list[ChatRecord]:
        """The newest first; without those in which nothing was said or typed."""
        self._recover()
        state = "NOT NULL" if deleted else "NULL"
        rest = f"WHERE deleted IS {state} AND {_NOT_EMPTY} {_NEWEST_FIRST}"
        with self._database.reading() as connection:
            return select_chats(connection, rest, (-1 if limit is None else limit,))

    def rename(self, chat: int, title: str) -> None:
        """An empty title brings back the one that the first message gives."""
        words = " ".join(title.split())
        with self._database.writing() as connection:
            given = words or tree.first_title(connection, chat)
            set_columns(connection, chat, title=given, renamed=bool(words))

    def delete(self, chat: int) -> None:
        """Hide it; `undelete` brings it back."""
        self._set(chat, deleted=time.time())

    def undelete(self, chat: int) -> None:
        self._set(chat, deleted=None)

    def save_draft(self, chat: int, text: str) -> None:
        self._set(chat, draft=text)

    def update(
        self,
        chat: int,
        *,
        settings: Mapping[str, Any] | None = None,
        model: str | None = None,
        dialog: Dialog | None = None,
        prompt_template: str | None = None,
    ) -> None:
        """Change what is given."""
        changes = {
            "settings": None if settings is None else encode_values(settings),
            "model": model,
            "dialog": None if dialog is None else encode_dialog(dialog),
            "prompt_template": prompt_template,
        }
        given = {name: value for name, value in changes.items() if value is not None}
        if given:
            self._set(chat, **given)

    def line(self, chat: int) -> StoredLine:
        """The current line, to read and to go on with."""
        self._recover()
        line = StoredLine(self._database, chat)
        self._lines.add(line)
        return line

    def tree(self, chat: int) -> tuple[StoredMessage, ...]:
        """All messages with all branches, the oldest first."""
        self._recover()
        with self._database.reading() as connection:
            return tree.tree(connection, chat)

    def fork(self, chat: int, message: int) -> ChatRecord:
        """A new chat with the messages up to this one."""
        with self._database.reading() as connection:
            record = chat_at(connection, chat)
            tree.message_at(connection, chat, message)
            rows = tree.line_to(connection, chat, message)
        now = time.time()
        new = replace(record, created=now, updated=now, draft="", leaf=message)
        return self.insert(new, rows)

    def search(self, query: str, *, limit: int = 50) -> list[Hit]:
        """The newest matches first, of all branches of all chats that are not deleted."""
        self._recover()
        with self._database.reading() as connection:
            return search.search(connection, query, limit=limit)

    def close(self) -> None:
        """Stores answers that are still being written. Safe to call twice."""
        try:
            for line in list(self._lines):
                line.close()
        finally:
            self._database.close()

    def _set(self, chat: int, **values: object) -> None:
        with self._database.writing() as connection:
            set_columns(connection, chat, **values)

    def _recover(self) -> None:
        """Look for answers whose writer is gone; nearly always there are none."""
        with self._database.reading() as connection:
            owners = unfinished.owners(connection)
        dead = {owner for owner in owners if not is_alive(owner)}
        if dead:
            with self._database.writing(durable=True) as connection:
                unfinished.recover(connection, dead)
