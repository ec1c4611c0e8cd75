"""The tree of messages: where a message stands in it, and how one is added.

Messages are never changed: other words are another message with the same parent. Knows SQL, nothing
of locks or transactions, which are the caller's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from llamachat.chat.message import Message, well_formed
from llamachat.chat.store.encoding import decode_values, encode_values
from llamachat.chat.store.records import StoredMessage
from llamachat.chat.store.terms import index_text
from llamachat.errors import UsageError

MAX_TITLE = 60

_SELECT = """
    SELECT id, parent, role, text, finish_reason, open, created, model, stats,
        (SELECT count(*) FROM message AS older
            WHERE older.chat = m.chat AND older.parent IS m.parent AND older.id <= m.id),
        (SELECT count(*) FROM message AS other
            WHERE other.chat = m.chat AND other.parent IS m.parent)
    FROM message AS m"""
_LINE = f"""
    WITH RECURSIVE line (id, parent) AS (
        SELECT id, parent FROM message WHERE chat = ? AND id = ?
        UNION ALL
        SELECT above.id, above.parent FROM message AS above JOIN line ON above.id = line.parent
    ) {_SELECT} WHERE m.id IN (SELECT id FROM line) ORDER BY m.id"""
_NEWEST_BELOW = """
    WITH RECURSIVE below (id) AS (
        VALUES (?)
        UNION ALL
        SELECT message.id FROM message JOIN below ON message.parent = below.id
            WHERE message.chat = ?
    ) SELECT max(id) FROM below"""


def message_at(connection: sqlite3.Connection, chat: int, message: int) -> StoredMessage:
    """Raises UsageError where the chat has no such message."""
    row = connection.execute(f"{_SELECT} WHERE m.chat = ? AND m.id = ?", (chat, message)).fetchone()
    if row is None:
        raise UsageError(
            f"There is no message {message} in chat {chat}.",
            f"Its messages: llamachat chats show {chat}",
        )
    return _stored(row)


def line_to(connection: sqlite3.Connection, chat: int, leaf: int) -> tuple[StoredMessage, ...]:
    """The messages from the first one to this; a parent is always older than its child."""
    return tuple(map(_stored, connection.execute(_LINE, (chat, leaf))))


def newest_below(connection: sqlite3.Connection, chat: int, message: int) -> int:
    """The message that was written last of those that follow this one; itself where none does."""
    (newest,) = connection.execute(_NEWEST_BELOW, (message, chat)).fetchone()
    return int(newest)


def children(
    connection: sqlite3.Connection, chat: int, parent: int | None
) -> tuple[StoredMessage, ...]:
    """The messages that follow one, or those that begin the chat, the oldest first."""
    where = "WHERE m.chat = ? AND m.parent IS ? ORDER BY m.id"
    return tuple(map(_stored, connection.execute(f"{_SELECT} {where}", (chat, parent))))


def tree(connection: sqlite3.Connection, chat: int) -> tuple[StoredMessage, ...]:
    """All messages of a chat, the oldest first."""
    rows = connection.execute(f"{_SELECT} WHERE m.chat = ? ORDER BY m.id", (chat,))
    return tuple(map(_stored, rows))


def add_message(
    connection: sqlite3.Connection,
    chat: int,
    parent: int | None,
    message: Message,
    *,
    created: float,
    model: str = "",
    stats: Mapping[str, float | int] | None = None,
) -> StoredMessage:
    """A new message after `parent`, to be found from now on."""
    text = well_formed(message.text)
    cursor = connection.execute(
        """
        INSERT INTO message
            (chat, parent, depth, role, text, finish_reason, open, created, model, stats)
        VALUES (?, ?, 1 + coalesce((SELECT depth FROM message WHERE id = ?), 0),
            ?, ?, ?, ?, ?, ?, ?)""",
        (chat, parent, parent, message.role, text, message.finish_reason, message.open, created,
         model, encode_values(stats or {})),
    )  # fmt: skip
    key = cursor.lastrowid
    assert key is not None
    connection.execute("INSERT INTO term (rowid, text) VALUES (?, ?)", (key, index_text(text)))
    return message_at(connection, chat, key)


def remove_message(connection: sqlite3.Connection, chat: int, message: int) -> None:
    """Take a message out again, unless somebody has gone on from it meanwhile."""
    after = (chat, message)
    for table in ("message", "unfinished"):
        where = f"SELECT 1 FROM {table} WHERE chat = ? AND parent = ?"
        if connection.execute(where, after).fetchone():
            return
    # A table without content has to be told which words it forgets.
    text = index_text(message_at(connection, chat, message).message.text)
    forget = "INSERT INTO term (term, rowid, text) VALUES ('delete', ?, ?)"
    connection.execute(forget, (message, text))
    connection.execute("DELETE FROM message WHERE chat = ? AND id = ?", after)


def set_stats(
    connection: sqlite3.Connection, message: int, stats: Mapping[str, float | int]
) -> None:
    connection.execute("UPDATE message SET stats = ? WHERE id = ?", (encode_values(stats), message))


def title_of(text: str) -> str:
    """The first line that says something."""
    return " ".join(text.strip().partition("\n")[0].split())[:MAX_TITLE].rstrip()


def first_title(connection: sqlite3.Connection, chat: int) -> str:
    """The title that the first words of the user give."""
    first = "SELECT text FROM message WHERE chat = ? AND role = 'user' ORDER BY id LIMIT 1"
    return "".join(title_of(text) for (text,) in connection.execute(first, (chat,)))


def _stored(row: tuple[Any, ...]) -> StoredMessage:
    key, parent, role, text, reason, open_line, created, model, stats, place, places = row
    message = Message(role, text, reason, bool(open_line))
    return StoredMessage(key, parent, message, created, model, decode_values(stats), place, places)
