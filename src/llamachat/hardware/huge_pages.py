"""Huge pages for large memory: each token of a model reads all of its weights, and where they lie
in pages of 4 KiB the processor looks up a million addresses for it.

On Linux memory that has been allocated and not yet written can be asked to come in pages of 2 MiB
(MADV_HUGEPAGE), and what has been written can be gathered into such pages afterwards (6.1,
MADV_COLLAPSE). Elsewhere, and where the system's owner forbids them, nothing happens. Knows nothing
of what is in the memory.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

HUGE_PAGE = 2 << 20
"""bytes, on x86-64 and on ARM with pages of 4 KiB"""
LARGE = 64 << 20
"""bytes of a mapping from which it is worth the work"""
STEP = 16 << 20
"""bytes gathered in one call: about 6 ms, in which nobody else may map memory"""
_MADV_HUGEPAGE, _MADV_COLLAPSE = 14, 25
"""include/uapi/asm-generic/mman-common.h"""
_HUGE_ORDER = 9
"""two to this power are the small pages of a huge one"""
_SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_MAPS = Path("/proc/self/maps")
_FREE = Path("/proc/buddyinfo")


def ask_for_huge_pages() -> int:
    """Have the large mappings of this process filled with huge pages as they are written; returns
    their bytes. 0, and nothing is asked, where there are not as many whole free ones: the kernel
    would stop the writer to make some."""
    if not _allowed():
        return 0
    mappings = _large_mappings()
    size = sum(end - start for start, end in mappings)
    if size > _free_bytes():
        return 0
    madvise = _madvise()
    return sum(
        end - start for start, end in mappings if not madvise(start, end - start, _MADV_HUGEPAGE)
    )


def gather_huge_pages() -> Iterator[int]:
    """Gather the large mappings of this process, step by step; each step yields its bytes, 0 where
    the system refused."""
    if not _allowed():
        return
    madvise = _madvise()
    for start, end in _large_mappings():
        for step in range(start, end, STEP):
            size = min(STEP, end - step)
            yield 0 if madvise(step, size, _MADV_COLLAPSE) else size


def _allowed() -> bool:
    try:
        return sys.platform == "linux" and "[never]" not in _SETTING.read_text()
    except OSError:  # a system without huge pages
        return False


def _madvise() -> Callable[[int, int, int], int]:
    call = ctypes.CDLL(None).madvise
    call.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return call


def _free_bytes() -> int:
    """In whole huge pages, from lines such as `Node 0, zone Normal 3271 2015 1110 ...`: how many
    blocks of 1, 2, 4 ... small pages are free."""
    try:
        lines = _FREE.read_text().splitlines()
    except OSError:
        return 0
    return sum(
        int(count) * mmap.PAGESIZE << order
        for line in lines
        for order, count in enumerate(line.partition("zone")[2].split()[1:])
        if order >= _HUGE_ORDER
    )


def _large_mappings() -> list[tuple[int, int]]:
    """(start, end) in whole huge pages of what is private, writable and no file's, from lines such
    as `7f17ccbd6000-7f18c6c00000 rw-p 00000000 00:00 0`."""
    try:
        lines = _MAPS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for fields in map(str.split, lines):
        if len(fields) != 5 or fields[1] != "rw-p":
            continue
        first, _, last = fields[0].partition("-")
        start = -(-int(first, 16) // HUGE_PAGE) * HUGE_PAGE
        end = int(last, 16) // HUGE_PAGE * HUGE_PAGE
        if end - start >= LARGE:
            found.append((start, end))
    return found
