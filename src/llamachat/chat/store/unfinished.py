"""Answers whose end is not written yet: their pieces in the file, and what becomes of the orphans.

Knows SQL; nothing of threads, locks or of how a process is known to be alive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from llamachat.chat.message import Message, well_formed
from llamachat.chat.store.chat_rows import chat_at, set_columns
from llamachat.chat.store.messages import add_message
from llamachat.chat.store.owners import Owner


def begin(
    connection: sqlite3.Connection, chat: int, parent: int | None, *, owner: Owner, created: float
) -> int:
    """A new unfinished answer by the chat's model; returns its number."""
    model = chat_at(connection, chat).model
    cursor = connection.execute(
        """
        INSERT INTO unfinished (chat, parent, model, pid, started, created)
        VALUES (?, ?, ?, ?, ?, ?)""",
        (chat, parent, model, owner.pid, owner.started, created),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def is_there(connection: sqlite3.Connection, number: int) -> bool:
    found = connection.execute("SELECT 1 FROM unfinished WHERE id = ?", (number,)).fetchone()
    return found is not None


def add_piece(connection: sqlite3.Connection, number: int, text: str) -> None:
    connection.execute(
        "INSERT INTO piece (unfinished, text) VALUES (?, ?)", (number, well_formed(text))
    )


def forget(connection: sqlite3.Connection, number: int) -> None:
    """Its pieces go with it."""
    connection.execute("DELETE FROM unfinished WHERE id = ?", (number,))


def owners(connection: sqlite3.Connection) -> set[Owner]:
    """The processes that are writing an answer, or died over it."""
    return {Owner(*row) for row in connection.execute("SELECT pid, started FROM unfinished")}


def recover(connection: sqlite3.Connection, dead: Collection[Owner]) -> None:
    """Make messages of what the dead have left; their line goes on there if nobody else did."""
    rows = connection.execute(
        "SELECT id, chat, parent, model, pid, started, created FROM unfinished ORDER BY id"
    ).fetchall()
    for number, chat, parent, model, pid, started, created in rows:
        if Owner(pid, started) not in dead:
            continue
        pieces = connection.execute(
            "SELECT text FROM piece WHERE unfinished = ? ORDER BY id", (number,)
        )
        text = "".join(piece for (piece,) in pieces).strip()
        if text:
            answer = Message("assistant", text, "abandoned")
            row = add_message(connection, chat, parent, answer, created=created, model=model)
            (leaf,) = connection.execute("SELECT leaf FROM chat WHERE id = ?", (chat,)).fetchone()
            if leaf == parent:
                set_columns(connection, chat, leaf=row.id)
        forget(connection, number)
