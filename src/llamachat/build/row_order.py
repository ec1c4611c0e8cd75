"""Reads the rows of a tensor in another order, or of a tensor that lies in several pieces.

Hugging Face stores the rows of each query and key head as two halves, llama.cpp (like Meta) as
pairs; Meta cuts large models into one piece for each processor. Both are undone while rows are
read, so nothing is ever rearranged as a whole. Knows nothing of names and files.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llamachat.build.source import ReadRows
from llamachat.build.tensor_file import Rows, StoredTensor


def paired(tensor: StoredTensor, n_head: int) -> ReadRows:
    """Rows of heads, from two halves each to pairs: 0, d/2, 1, d/2 + 1, …"""
    head_dim = tensor.shape[0] // n_head

    def origin(start: int, stop: int) -> Rows:
        head, within = np.divmod(np.arange(start, stop), head_dim)
        pair, half = np.divmod(within, 2)
        return np.asarray(head * head_dim + half * (head_dim // 2) + pair)

    def read(start: int, stop: int) -> Rows:
        if len(tensor.shape) == 1:
            return tensor.rows(start, stop)[:, origin(0, tensor.shape[0])]
        return tensor.weights[origin(start, stop)]

    return read


def stacked(pieces: Sequence[StoredTensor]) -> ReadRows:
    """Pieces one below the other: each has some of the rows."""
    ends = np.cumsum([piece.n_rows for piece in pieces])

    def read(start: int, stop: int) -> Rows:
        parts = []
        for piece, end in zip(pieces, ends.tolist(), strict=True):
            begin = end - piece.n_rows
            first, last = max(start, begin), min(stop, end)
            if first < last:
                parts.append(piece.rows(first - begin, last - begin))
        if not parts:
            return pieces[0].rows(0, 0)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    return read


def side_by_side(pieces: Sequence[StoredTensor]) -> ReadRows:
    """Pieces side by side: each has some of the columns of every row."""

    def read(start: int, stop: int) -> Rows:
        return np.concatenate([piece.rows(start, stop) for piece in pieces], axis=1)

    return read
