"""The tables, as numbered migrations: `PRAGMA user_version` tells how many of them a file has.

A migration that was released is never changed; the next one goes below it. Knows SQL, nothing of
what the rows mean to Python.
"""

from __future__ import annotations

import sqlite3

from llamachat.errors import UsageError

APPLICATION_ID = 0x4C436874
"""marks an SQLite file as ours ("LCht")"""

_CHATS = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    """
    CREATE TABLE chat (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        renamed INTEGER NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted REAL,
        prompt_template TEXT NOT NULL,
        dialog TEXT NOT NULL,
        settings TEXT NOT NULL,
        model TEXT NOT NULL,
        draft TEXT NOT NULL,
        leaf INTEGER,
        FOREIGN KEY (id, leaf) REFERENCES message (chat, id)
    )""",
    "CREATE INDEX chat_updated ON chat (updated)",
    # A parent is older than its children and in the same chat, so a line always ends.
    """
    CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat INTEGER NOT NULL REFERENCES chat (id),
        parent INTEGER CHECK (parent < id),
        depth INTEGER NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
        text TEXT NOT NULL,
        finish_reason TEXT,
        open INTEGER NOT NULL,
        created REAL NOT NULL,
        model TEXT NOT NULL,
        stats TEXT NOT NULL,
        UNIQUE (chat, id),
        FOREIGN KEY (chat, parent) REFERENCES message (chat, id)
    )""",
    "CREATE INDEX message_siblings ON message (chat, parent)",
    # `text` is not the words but their terms (see `terms`), so the words are not stored twice.
    """
    CREATE VIRTUAL TABLE term USING fts5 (
        text, content = '', tokenize = 'unicode61 remove_diacritics 0'
    )""",
    """
    CREATE TABLE unfinished (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat INTEGER NOT NULL,
        parent INTEGER,
        model TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started REAL NOT NULL,
        created REAL NOT NULL,
        FOREIGN KEY (chat) REFERENCES chat (id) ON DELETE CASCADE,
        FOREIGN KEY (chat, parent) REFERENCES message (chat, id) ON DELETE CASCADE
    )""",
    "CREATE INDEX unfinished_parent ON unfinished (chat, parent)",
    """
    CREATE TABLE piece (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        unfinished INTEGER NOT NULL REFERENCES unfinished (id) ON DELETE CASCADE,
        text TEXT NOT NULL
    )""",
    "CREATE INDEX piece_unfinished ON piece (unfinished)",
)

MIGRATIONS = (_CHATS,)


def check(connection: sqlite3.Connection, path: object) -> int:
    """The version of a file, which nothing has been written to yet.

    Raises:
        UsageError: it is newer than this program, or not ours.
    """
    connection.execute("BEGIN")  # one state: another process may be making the file right now
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.execute("ROLLBACK")
    if tables and application != APPLICATION_ID:
        raise UsageError(
            f"{path} is a database of another program.", f"Move it away: mv '{path}' '{path}.other'"
        )
    if version > len(MIGRATIONS):
        raise UsageError(
            f"{path} was written by a newer llamachat (version {version} of the file; this one "
            f"knows {len(MIGRATIONS)}).",
            "Update it: pip install --upgrade llamachat",
        )
    return int(version)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to date, inside a transaction of the caller."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
