"""Tells the kernel which rows come next and which are done with.

The next rows are fetched from the disk while the present ones are computed, however small the
system's own read-ahead is; rows that were read no longer count as memory of this process. Advice
only: without it, or about the wrong rows, the result is the same. Knows nothing of what rows mean.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence

import numpy as np

from llamachat.build.tensor_file import Rows, StoredTensor

_AHEAD = getattr(mmap, "MADV_WILLNEED", None)
_DONE = getattr(mmap, "MADV_DONTNEED", None)


def will_need(pieces: Sequence[StoredTensor], start: float, stop: float) -> None:
    """Begin to read this part (of 0 to 1) of each piece."""
    _advise(_AHEAD, pieces, start, stop)


def done_with(pieces: Sequence[StoredTensor], start: float, stop: float) -> None:
    """Take the pages of this part out of the process; the file cache keeps them."""
    _advise(_DONE, pieces, start, stop)


def _advise(advice: int | None, pieces: Sequence[StoredTensor], start: float, stop: float) -> None:
    for piece in pieces:
        mapped = _mapping(piece.weights)
        if advice is None or mapped is None or not piece.weights.flags.c_contiguous:
            continue
        size = piece.weights.nbytes
        origin = piece.weights.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data
        first = (origin + int(start * size)) // mmap.PAGESIZE * mmap.PAGESIZE
        last = min(origin + int(stop * size), len(mapped))
        if first < last:
            mapped.madvise(advice, first, last - first)


def _mapping(weights: Rows) -> mmap.mmap | None:
    """What a view of a mapped file views at last."""
    base: object = weights
    while isinstance(base, np.ndarray | memoryview):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    return base if isinstance(base, mmap.mmap) else None
