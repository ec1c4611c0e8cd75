"""A bounded position in the header of a GGUF file: numbers, strings and arrays, never past the end.

Holds a small window of the file. A length that can not be is an error before anything is allocated
for it. Does not know what the values mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from llamachat.errors import ModelError
from llamachat.gguf.identify import CutOff, damaged
from llamachat.gguf.metadata import FIXED, Scalar, ValueType

MAX_HEADER = 128 << 20
"""bytes; a vocabulary of 260,000 tokens with its merges and a tokenizer.json takes 50 MB"""
_WINDOW = 1 << 18


def shown(name: str) -> str:
    """A name out of a file, quoted: at most 64 characters, none that a terminal obeys."""
    return ascii(name if len(name) <= 64 else name[:61] + "...")


class Cursor:
    """Reads forward through `file`, which is at its beginning and has `size` bytes."""

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self.path = path
        self._file = file
        self._size = size
        self._window = b""
        self._base = 0
        self._at = 0

    @property
    def offset(self) -> int:
        """Bytes of the file before this position."""
        return self._base + self._at

    def damaged(self, what: str) -> ModelError:
        return damaged(self.path, what)

    def take(self, n_bytes: int) -> bytes:
        """The next bytes."""
        self._need(n_bytes)
        self._at += n_bytes
        return self._window[self._at - n_bytes : self._at]

    def scalar(self, kind: ValueType) -> Scalar:
        """The next number or truth value."""
        layout = FIXED[kind]
        value: Scalar = layout.unpack(self.take(layout.size))[0]
        return value

    def integer(self, kind: ValueType) -> int:
        return int(self.scalar(kind))

    def count(self, smallest: int, limit: int, what: str) -> int:
        """A number of entries that take at least `smallest` bytes each."""
        claimed = self.integer(ValueType.INT64)
        if not 0 <= claimed <= limit:
            raise self.damaged(f"it claims to hold {claimed:,} {what}")
        if claimed * smallest > self._size - self.offset:
            raise CutOff(self.path, self._size)
        return claimed

    def string(self, limit: int, what: str) -> bytes:
        """A string of at most `limit` bytes."""
        length = self.integer(ValueType.UINT64)
        if length > limit:
            raise self.damaged(f"{what} claims to be {length:,} bytes long")
        return self.take(length)

    def numbers(self, kind: ValueType, length: int, *, keep: bool) -> bytes | None:
        """A packed array of numbers."""
        n_bytes = length * FIXED[kind].size
        if keep:
            return self.take(n_bytes)
        self._skip(n_bytes)
        return None

    def strings(self, length: int, *, keep: bool) -> bytes | None:
        """A packed array of strings: 55 ns each, where nothing else may happen in the loop."""
        unpack = FIXED[ValueType.UINT64].unpack_from
        chunks: list[bytes] = []
        while length:
            self._need(8)
            window, start, last = self._window, self._at, len(self._window) - 8
            at = start
            while length and at <= last:
                at += 8 + unpack(window, at)[0]
                length -= 1
            self._at = min(at, len(window))
            if keep:
                chunks += (window[start : self._at], self.take(at - self._at))
            else:
                self._skip(at - self._at)
        return b"".join(chunks) if keep else None

    def _need(self, n_bytes: int) -> None:
        """Have the next `n_bytes` in the window."""
        missing = self._at + n_bytes - len(self._window)
        if missing <= 0:
            return
        self._bound(n_bytes)
        self._base += self._at
        self._window = self._window[self._at :] + self._file.read(max(missing, _WINDOW))
        self._at = 0
        if len(self._window) < n_bytes:  # the file shrank while it was read
            raise CutOff(self.path, self._size)

    def _skip(self, n_bytes: int) -> None:
        if n_bytes <= len(self._window) - self._at:
            self._at += n_bytes
            return
        self._bound(n_bytes)
        self._base += self._at + n_bytes
        self._file.seek(self._base)
        self._window = b""
        self._at = 0

    def _bound(self, n_bytes: int) -> None:
        if self.offset + n_bytes > MAX_HEADER:
            raise self.damaged(f"its header claims to be longer than {MAX_HEADER >> 20} MiB")
        if self.offset + n_bytes > self._size:
            raise CutOff(self.path, self._size)
