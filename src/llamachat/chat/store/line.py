"""The current line of one chat: what a `Chat` writes to, and how a person moves in the tree.

To edit or to clear is to end the line elsewhere; only a message that an engine refused is taken out
of the tree. Knows nothing of SQL, engines or screens.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from llamachat.chat.history import History
from llamachat.chat.message import Message
from llamachat.chat.store import messages as tree
from llamachat.chat.store import unfinished
from llamachat.chat.store.chat_rows import NoSuchChat, chat_at, set_columns
from llamachat.chat.store.database import Database
from llamachat.chat.store.journal import AnswerJournal
from llamachat.chat.store.records import StoredMessage


class StoredLine(History):
    """Safe to use from several threads. Two lines of one chat, in two processes even, each go on
    from their own end; the tree holds both, and the line that spoke last is the one read next."""

    def __init__(self, database: Database, chat: int) -> None:
        self.chat = chat
        self._database = database
        self._lock = threading.RLock()
        """taken before the database's, never after"""
        self._journal: AnswerJournal | None = None
        self._owed: Message | None = None
        """an answer that the disk refused; the next change tries again"""
        with database.reading() as connection:
            leaf = chat_at(connection, chat).leaf
            self._rows = () if leaf is None else tree.line_to(connection, chat, leaf)

    @property
    def rows(self) -> tuple[StoredMessage, ...]:
        return self._rows

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(row.message for row in self._rows)

    def add(self, message: Message) -> None:
        """Raises LlamaChatError where it cannot be stored; an answer is then kept here, and stored
        together with what is added next."""
        with self._lock:
            if message.role == "assistant":
                self._owed = message
                self._settle()
            else:
                self._settle()
                self._append(message, after=self._rows)

    def journal(self, text: str) -> None:
        with self._lock:
            if self._journal is None:
                parent = self._rows[-1].id if self._rows else None
                self._journal = AnswerJournal(self._database, self.chat, parent)
            self._journal.write(text)

    def withdraw(self) -> None:
        """Take the latest message out of the line, and where nothing follows it of the tree."""
        with self._lock:
            self._settle()
            *before, latest = self._rows
            with self._database.writing() as connection:
                set_columns(connection, self.chat, leaf=latest.parent)
                tree.remove_message(connection, self.chat, latest.id)
                named = chat_at(connection, self.chat).renamed
                if not named and all(row.message.role != "user" for row in before):
                    title = tree.first_title(connection, self.chat)
                    set_columns(connection, self.chat, title=title)
            self._rows = tuple(before)

    def clear(self) -> None:
        self.rewind(None)

    def annotate(self, stats: Mapping[str, float | int]) -> None:
        """Figures of the latest message."""
        with self._lock:
            latest = self._rows[-1]
            with self._database.writing() as connection:
                tree.set_stats(connection, latest.id, stats)
            self._rows = (*self._rows[:-1], replace(latest, stats=dict(stats)))

    def rewind(self, message: int | None) -> None:
        """End the line with this message, of whatever branch; None: before the first.

        Raises:
            UsageError: the chat has no such message.
        """
        with self._lock:
            self._settle()
            with self._database.writing() as connection:
                rows: tuple[StoredMessage, ...] = ()
                if message is not None:
                    tree.message_at(connection, self.chat, message)
                    rows = tree.line_to(connection, self.chat, message)
                set_columns(connection, self.chat, leaf=message)
            self._rows = rows

    def edit(self, message: int, text: str) -> StoredMessage:
        """Other words in the place of a message: a sibling, with which the line ends."""
        with self._lock:
            self._settle()
            with self._database.reading() as connection:
                old = tree.message_at(connection, self.chat, message)
                *before, _ = tree.line_to(connection, self.chat, message)
            words = replace(old.message, text=text, finish_reason=None)
            return self._append(words, after=tuple(before))

    def siblings(self, message: int) -> tuple[StoredMessage, ...]:
        """All versions of a message, the oldest first."""
        with self._database.reading() as connection:
            parent = tree.message_at(connection, self.chat, message).parent
            return tree.children(connection, self.chat, parent)

    def switch(self, message: int) -> None:
        """Go through this message, and on to what was written last after it."""
        with self._database.reading() as connection:
            tree.message_at(connection, self.chat, message)
            newest = tree.newest_below(connection, self.chat, message)
        self.rewind(newest)

    def close(self) -> None:
        """Store the answer that is still being written."""
        with self._lock, suppress(NoSuchChat):  # it is gone: nobody wants the answer
            self._settle()

    def _settle(self) -> None:
        """Store the answer that is owed: a whole one, or one whose end never came."""
        journal = self._journal
        if journal is not None:
            journal.end()
            self._owed = self._owed or Message("assistant", journal.text.strip(), "cancelled")
        if self._owed is not None:
            try:
                self._append(self._owed, after=self._rows)
            except NoSuchChat:
                self._owed = self._journal = None
                raise
            self._owed = self._journal = None

    def _append(self, message: Message, *, after: tuple[StoredMessage, ...]) -> StoredMessage:
        """All in one transaction: never both the answer and its pieces, never neither."""
        now = time.time()
        with self._database.writing(durable=True) as connection:
            record = chat_at(connection, self.chat)
            row = tree.add_message(
                connection,
                self.chat,
                after[-1].id if after else None,
                message,
                created=now,
                model=record.model if message.finish_reason else "",
            )
            set_columns(connection, self.chat, leaf=row.id, updated=now)
            begins = message.role == "user" and all(r.message.role != "user" for r in after)
            if begins and not record.renamed:
                set_columns(connection, self.chat, title=tree.title_of(message.text))
            if self._journal is not None and self._journal.number is not None:
                unfinished.forget(connection, self._journal.number)
        self._rows = (*after, row)
        return row
