"""The rows of the table of chats. Knows SQL, nothing of messages or transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from llamachat.chat.message import well_formed
from llamachat.chat.store.encoding import (
    decode_dialog,
    decode_values,
    encode_dialog,
    encode_values,
)
from llamachat.chat.store.records import ChatRecord
from llamachat.errors import UsageError


class NoSuchChat(UsageError):
    """It never was, or somebody took it out of the file."""


_SELECT = """
    SELECT chat.id, title, chat.created, updated, prompt_template, dialog, settings, chat.model,
        draft, coalesce(message.depth, 0), leaf, renamed, deleted
    FROM chat LEFT JOIN message ON message.id = chat.leaf"""


def select_chats(
    connection: sqlite3.Connection, rest: str, values: Sequence[object] = ()
) -> list[ChatRecord]:
    """The chats that the rest of the statement picks."""
    return [_record(row) for row in connection.execute(f"{_SELECT} {rest}", values)]


def chat_at(connection: sqlite3.Connection, chat: int) -> ChatRecord:
    """Raises NoSuchChat where there is none."""
    found = select_chats(connection, "WHERE chat.id = ?", (chat,))
    if not found:
        raise NoSuchChat(f"There is no chat {chat}.", "See those there are: llamachat chats list")
    return found[0]


def insert_chat(connection: sqlite3.Connection, record: ChatRecord) -> int:
    """A new chat like this one, still without messages; returns its number."""
    values = (
        record.title, record.renamed, record.created, record.updated, record.prompt_template,
        encode_dialog(record.dialog), encode_values(record.settings), record.model, record.draft,
    )  # fmt: skip
    cursor = connection.execute(
        """
        INSERT INTO chat (title, renamed, created, updated, deleted, prompt_template, dialog,
            settings, model, draft)
        VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, ?)""",
        tuple(map(_storable, values)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def set_columns(connection: sqlite3.Connection, chat: int, **values: object) -> None:
    """Raises NoSuchChat where there is none; the names are this package's own."""
    names = ", ".join(f"{name} = ?" for name in values)
    cursor = connection.execute(
        f"UPDATE chat SET {names} WHERE id = ?", (*map(_storable, values.values()), chat)
    )
    if not cursor.rowcount:
        chat_at(connection, chat)


def _storable(value: object) -> object:
    return well_formed(value) if isinstance(value, str) else value


def _record(row: tuple[Any, ...]) -> ChatRecord:
    """In the order of the fields."""
    key, title, created, updated, prompt_template, dialog, settings, *rest = row
    model, draft, messages, leaf, renamed, deleted = rest
    return ChatRecord(
        key, title, created, updated, prompt_template, decode_dialog(dialog),
        decode_values(settings), model, draft, messages, leaf, bool(renamed), deleted,
    )  # fmt: skip
