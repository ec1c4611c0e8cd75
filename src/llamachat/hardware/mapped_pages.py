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
from collections.abc import Iterable
from pathlib import Path

CAN_DROP = sys.platform == "linux"
_MAPS = Path("/proc/self/maps")


def drop_pages(files: Iterable[Path]) -> int:
    """Returns the bytes of the mappings that were looked after, resident or not.

    Only of mappings that are shared and never written: dropping pages of others loses what was
    written to them.
    """
    if not CAN_DROP:
        return 0
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    size = 0
    for start, end in _mappings(files):
        if not madvise(start, end - start, mmap.MADV_DONTNEED):  # locked pages are refused
            size += end - start
    return size


def _mappings(files: Iterable[Path]) -> list[tuple[int, int]]:
    """(start, end) of each, from lines such as
    `7f0c00000000-7f0ce4800000 r--s 00000000 fe:01 1835021      /models/7b.gguf`."""
    names = {_spelt(file) for file in files}
    try:
        lines = _MAPS.read_bytes().split(b"\n")
    except OSError:  # a system without /proc
        return []
    found = []
    for line in lines:
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[1] == b"r--s" and fields[5] in names:
            start, _, end = fields[0].partition(b"-")
            found.append((int(start, 16), int(end, 16)))
    return found


def _spelt(file: Path) -> bytes:
    """The path as the kernel writes it: without links, one line."""
    return os.fsencode(os.path.realpath(file)).replace(b"\n", rb"\012")
