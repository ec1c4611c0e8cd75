"""What SQLite and the file system report, in words a person can act on.

The one place where their errors are mapped; an error that is nobody's fault but ours passes through
and crashes into the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path

from llamachat.errors import LlamaChatError, UsageError

_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_REFUSED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


class DamagedValue(Exception):
    """A row holds what this program never wrote."""


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Errors of whatever touches this file, as LlamaChatError."""
    try:
        yield
    except sqlite3.Error as error:
        said = _of_sqlite(path, getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error))
        if said is None:
            raise
        raise said from error
    except DamagedValue as error:
        raise damaged(path, str(error)) from error
    except OSError as error:
        full = error.errno in (ENOSPC, EDQUOT)
        reason = (error.strerror or str(error)).lower()
        raise (_full(path) if full else _refused(path, reason)) from error


def damaged(path: Path, reason: str) -> UsageError:
    """The file stays as it is, in case it can be mended."""
    folder = path.parent
    return UsageError(
        f"The chats in {path} are damaged ({reason}); the file is left as it is.",
        f"To begin anew and keep it: mkdir '{folder}/damaged' && mv '{path}'* '{folder}/damaged'",
    )


def _of_sqlite(path: Path, code: int, reason: str) -> LlamaChatError | None:
    """None where it is a mistake of this program."""
    if code in _DAMAGED or "decode to UTF-8" in reason:
        return damaged(path, reason)
    if code in _LOCKED:
        return LlamaChatError(
            f"Another program keeps {path} locked.", f"Find and close it: fuser -v '{path}'"
        )
    if code in _REFUSED:
        return _refused(path, reason)
    if code == sqlite3.SQLITE_FULL:
        return _full(path)
    if code == sqlite3.SQLITE_IOERR:
        return LlamaChatError(
            f"The disk failed at {path} ({reason}).", "See what the system says of it: dmesg | tail"
        )
    return None


def _full(path: Path) -> LlamaChatError:
    return LlamaChatError(
        f"The disk is full: {path} cannot be written.",
        f"What was saved is safe. Free some space: df -h '{path.parent}'",
    )


def _refused(path: Path, reason: str) -> LlamaChatError:
    return LlamaChatError(
        f"The chats in {path} cannot be opened or written ({reason}).",
        "Keep them elsewhere: LLAMACHAT_HOME=~/llamachat llamachat",
    )
