"""The GGUF inside a llamafile: a program that is a ZIP archive too, with its files uncompressed.

Only the table of contents at the end is read, every count, length and offset of it bounded by the
file's size; nothing is executed or unpacked here. ZIP64 and archives behind a program are
understood, as llamafiles are both. Knows nothing of what a GGUF holds.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import BinaryIO

from llamachat.errors import ModelError

MAX_CONTENTS = 16 << 20
"""bytes of a table of contents; llamafiles have some hundred entries in 60 KB"""
_END, _END64, _AT64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_ENTRY, _LOCAL = b"PK\x01\x02", b"PK\x03\x04"
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_BEGINNINGS = (b"MZ", b"\x7fELF", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file that lies uncompressed in another."""

    name: str
    offset: int
    size: int
    crc32: int


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    flags: int
    method: int
    crc32: int
    packed: int
    size: int
    at: int
    """of its local header"""


def is_container(path: Path) -> bool:
    """Whether the file begins as a program or an archive does."""
    with path.open("rb") as file:
        return file.read(4).startswith(_BEGINNINGS)


def packed_model(path: Path) -> PackedFile:
    """The one model in the llamafile or archive at `path`; image encoders beside it do not count.

    Raises:
        ModelError: there is none, there are several, or it cannot be taken out; the error says why.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            entries = list(_entries(path, file, size))
            models = [entry for entry in entries if _is_model(entry.name)]
            if len(models) != 1:
                raise _none_or_several(path, models)
            return _placed(path, file, size, models[0])
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error


def _is_model(name: bytes) -> bool:
    return name.lower().endswith(b".gguf") and b"mmproj" not in name.lower()


def _none_or_several(path: Path, models: list[_Entry]) -> ModelError:
    if not models:
        return ModelError(
            f"{path} holds no GGUF.", "Give a .gguf file, or a llamafile with a model in it."
        )
    names = ", ".join(ascii(_text(entry.name)) for entry in models[:8])
    return ModelError(
        f"{path} holds {len(models)} models: {names}.",
        f"Take one out and import it: unzip {quote(str(path))} NAME",
    )


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _damaged(path: Path, what: str) -> ModelError:
    return ModelError(f"{path} is damaged: {what}.", "Download it again and verify its checksum.")


def _entries(path: Path, file: BinaryIO, size: int) -> Iterator[_Entry]:
    """The table of contents, entry by entry."""
    end, length, said = _end_record(path, file, size)
    if length > MAX_CONTENTS or length > end:
        raise _damaged(path, f"its table of contents claims to be {length:,} bytes long")
    file.seek(end - length)
    table = file.read(length)
    shift, at = end - length - said, 0
    while table[at : at + 4] == _ENTRY and at + 46 <= len(table):
        fields = struct.unpack_from("<4s6H3I5H2I", table, at)
        flags, method, crc, packed, real = fields[3], fields[4], *fields[7:10]
        n_name, n_extra, n_comment, local = *fields[10:13], fields[16]
        name = table[at + 46 : at + 46 + n_name]
        extra = table[at + 46 + n_name : at + 46 + n_name + n_extra]
        real, packed, local = _wide(path, extra, (real, packed, local))
        yield _Entry(name, flags, method, crc, packed, real, local + shift)
        at += 46 + n_name + n_extra + n_comment


def _end_record(path: Path, file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Where the table of contents ends, its length, and where it says to begin: behind a program
    that was put before the archive that is too early."""
    reach = min(size, 22 + _FULL16 + 20 + 56)
    file.seek(size - reach)
    tail = file.read(reach)
    at = tail.rfind(_END, 0, len(tail) - 18)
    if at < 0:
        raise ModelError(
            f"{path} is a program or an archive without a table of contents at its end.",
            "If it should be a llamafile, its download was cut off; fetch it again.",
        )
    length, start = struct.unpack_from("<2I", tail, at + 12)
    end, wide = size - reach + at, at - 20 - 56
    # written from 2 GiB on, though the 32-bit fields hold up to 4
    if wide >= 0 and tail[at - 20 : at - 16] == _AT64 and tail[wide : wide + 4] == _END64:
        length, start = struct.unpack_from("<2Q", tail, wide + 40)
        end = size - reach + wide
    elif _FULL32 in (length, start):
        raise _damaged(path, "its table of contents has no 64-bit end")
    return end, length, start


def _wide(path: Path, extra: bytes, sizes: tuple[int, int, int]) -> tuple[int, int, int]:
    """Sizes and offset with the 64-bit values in place of those that did not fit."""
    at, wide = 0, b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            wide = extra[at + 4 : at + 4 + length]
        at += 4 + length
    found = list(sizes)
    for place, value in enumerate(sizes):
        if value == _FULL32:
            if len(wide) < 8:
                raise _damaged(path, "an entry of its table of contents has no 64-bit size")
            found[place] = struct.unpack_from("<Q", wide)[0]
            wide = wide[8:]
    return found[0], found[1], found[2]


def _placed(path: Path, file: BinaryIO, size: int, entry: _Entry) -> PackedFile:
    """The entry's bytes, found through its local header and inside the file."""
    name = _text(entry.name)
    if entry.flags & 1 or entry.method:
        how = "encrypted" if entry.flags & 1 else "compressed"
        raise ModelError(
            f"{name!a} in {path} is {how}; only what lies there as it is can be taken out.",
            f"Unpack it and import the .gguf file: unzip {quote(str(path))}",
        )
    file.seek(min(max(entry.at, 0), size))
    header = file.read(30)
    if len(header) < 30 or not header.startswith(_LOCAL):
        raise _damaged(path, f"{name!a} is not where its table of contents says")
    n_name, n_extra = struct.unpack_from("<2H", header, 26)
    start = entry.at + 30 + n_name + n_extra
    if file.read(n_name) != entry.name or entry.packed != entry.size:
        raise _damaged(path, f"{name!a} is not what its table of contents says")
    if start + entry.size > size:
        raise _damaged(path, f"{name!a} ends behind the end of the file")
    file.seek(start)
    if file.read(4) != b"GGUF":
        raise ModelError(f"{name!a} in {path} is no GGUF, whatever its name says.")
    return PackedFile(name, start, entry.size, entry.crc32)
