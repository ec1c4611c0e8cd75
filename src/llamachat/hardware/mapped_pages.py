"""Pages of mapped files: taken out of this process's memory where nobody needs them any more.

They stay in the system's cache of files, and come back with the next look at them; the contents are
the file's either way. Linux alone tells where a file is mapped; elsewhere nothing happens. Knows
nothing of what is in the files.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

CAN_DROP = sys.platform == "linux"
_MAPS = Path("/proc/self/maps")
_WHOLE = 2 << 20
"""bytes of the largest page in which a file is mapped"""


def drop_pages(files: Iterable[Path], first: int | None = None) -> int:
    """Returns the bytes of the mappings that were looked after, resident or not.

    Only of mappings that are shared and never written: dropping pages of others loses what was
    written to them.

    Args:
        first: only within so many bytes of the files, one after the other; all of them by default.
    """
    if not CAN_DROP:
        return 0
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    dropped = 0
    for start, size in _mappings(_room(files, first)):
        if size > 0 and not madvise(start, size, mmap.MADV_DONTNEED):  # locked pages are refused
            dropped += size
    return dropped


def _room(files: Iterable[Path], first: int | None) -> dict[bytes, int | None]:
    """How many bytes from the beginning of each file may go, by its name; None = all."""
    room: dict[bytes, int | None] = {}
    for file in files:
        room[_spelt(file)] = first
        if first is not None:
            first = max(first - (file.stat().st_size if file.is_file() else 0), 0)
    return room


def _mappings(room: Mapping[bytes, int | None]) -> list[tuple[int, int]]:
    """(address, bytes) of each, as far as there is room, from lines such as
    `7f0c00000000-7f0ce4800000 r--s 00000000 fe:01 1835021      /models/7b.gguf`."""
    try:
        lines = _MAPS.read_bytes().split(b"\n")
    except OSError:  # a system without /proc
        return []
    found = []
    for line in lines:
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[1] == b"r--s" and fields[5] in room:
            start, _, end = fields[0].partition(b"-")
            address, size, limit = int(start, 16), int(end, 16) - int(start, 16), room[fields[5]]
            if limit is not None:
                size = min(size, (limit - int(fields[2], 16)) // _WHOLE * _WHOLE)
            found.append((address, size))
    return found


def _spelt(file: Path) -> bytes:
    """The path as the kernel writes it: without links, one line."""
    return os.fsencode(os.path.realpath(file)).replace(b"\n", rb"\012")
