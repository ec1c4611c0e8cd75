"""The file itself: opened privately, brought up to date, read and written in transactions.

One connection behind a lock serves all threads of a process: SQLite has one writer at a time
anyway, a statement takes well under a millisecond, and so a reader always sees what another thread
has just written. Several processes may have the file open (WAL). Knows nothing of chats.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES
from pathlib import Path

from llamachat.chat.store import schema
from llamachat.chat.store.failures import damaged, plain_errors
from llamachat.errors import LlamaChatError

BUSY_SECONDS = 5.0
"""how long another process may hold the file"""


class Database:
    """Raises (on construction, and where it is read or written):
    UsageError: the file is damaged, newer than this program or not ours.
    LlamaChatError: it cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._closed = False
        with plain_errors(path):
            _create_private(path)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One unchanging state of the file."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """All or nothing. It outlives this process; with `durable` it outlives the machine too,
        which waits for the disk."""
        synchronous = "FULL" if durable else "NORMAL"
        with self._transaction("BEGIN IMMEDIATE", f"PRAGMA synchronous = {synchronous}") as it:
            yield it

    def close(self) -> None:
        """Safe to call twice."""
        with self._lock, plain_errors(self.path):
            self._closed = True
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str, *before: str) -> Iterator[sqlite3.Connection]:
        with self._lock, plain_errors(self.path):
            if self._closed:
                raise LlamaChatError("The chats are closed.")
            connection = self._connection
            for statement in (*before, begin):
                connection.execute(statement)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite itself rolls back when the disk is full
                    connection.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        """Nothing is written before the file is known to be ours and whole."""
        version = schema.check(self._connection, self.path)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._use_wal()
        if version < len(schema.MIGRATIONS):
            with self.writing(durable=True) as connection:
                schema.migrate(connection)

    def _use_wal(self) -> None:
        """SQLite does not wait by itself where two processes begin with WAL at once."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.01)


def _create_private(path: Path) -> None:
    """For its owner only; SQLite gives the files beside it the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = path.with_name(f"{path.name}-wal")
    if path.exists() and not path.stat().st_size and log.exists() and log.stat().st_size:
        raise damaged(path, "it is empty, yet there is a log of its changes")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        # Never opened here: closing it would drop the locks of every connection in this process.
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(EACCES, "it is for reading only") from None
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
