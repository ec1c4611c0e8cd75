"""Text files, read up to a limit and written whole or not at all.

Knows what UTF-8 text is, nothing of what it says: each caller has an error and a name of its own
for the file.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class TextError(ValueError):
    """Why bytes are not taken for text: words that go on after the name of the file."""


class NotUtf8(TextError):
    """They are in another encoding, or not meant to be read."""


def read_text(path: Path, limit: int, *, remark: str = "") -> str:
    """All of a file, which must be UTF-8 text of at most `limit` bytes.

    Raises:
        OSError: it cannot be read.
        TextError: it is no text, or too large; then the remark follows.
    """
    with path.open("rb") as file:
        return decoded(read_bounded(file, limit, remark=remark))


def read_bounded(file: BinaryIO, limit: int, *, remark: str = "") -> bytes:
    """Raises TextError where the file, whose size need not be known, is larger than the limit."""
    data = file.read(limit + 1)
    if len(data) > limit:
        raise TextError(f"is larger than {limit >> 20} MB" + (remark and f": {remark}"))
    return data


def decoded(data: bytes) -> str:
    """Raises NotUtf8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(
            f"is not UTF-8 text: byte 0x{data[error.start]:02x} at offset {error.start}"
        ) from None


def write_whole(path: Path, text: str) -> None:
    """Replace a file, or begin one; it keeps its mode, and a link keeps pointing where it does.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    target = path.resolve()
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):  # a new file has no mode to keep
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
