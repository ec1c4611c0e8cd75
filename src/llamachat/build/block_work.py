"""What one thread does with one run of rows: read, widen, round, quantize, write.

All of it happens in buffers that the thread keeps, a piece at a time that stays in the processor's
cache. A type that several outputs want is made once. Every row is quantized by itself, so neither
the pieces nor the threads show in the result. Knows nothing of other threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from llamachat.build import read_ahead
from llamachat.build.output_file import OutputFile
from llamachat.build.plan import Plan, Share
from llamachat.build.quantize import (
    Bytes,
    Floats,
    Stored,
    is_finite,
    quantize_rows,
    round_through,
    widen,
)
from llamachat.build.source import PlannedTensor
from llamachat.errors import ModelError
from llamachat.gguf.types import TensorType

PIECE_WEIGHTS = 1 << 19
"""2 MB as f32: smaller ones cost 5 to 10 % in calls, larger ones leave the cache"""
_Way = tuple[TensorType, TensorType]
"""the float type that weights are rounded to, and the type they get from there"""
_WIDTH = {"f32": 4, "f16": 2, "bf16": 2}
_FLOAT_OF = {np.dtype(np.float32): "f32", np.dtype(np.float16): "f16", np.dtype(np.uint16): "bf16"}


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Rows `start` to `stop` of a tensor, and who takes them."""

    tensor: PlannedTensor
    start: int
    stop: int
    shares: tuple[Share, ...]

    @property
    def n_bytes(self) -> int:
        """What the source stores for them."""
        row = self.tensor.shape[0]
        return (self.stop - self.start) * row * _WIDTH[self.tensor.dtype]

    def will_be_read(self) -> None:
        n_rows = self.tensor.n_rows
        read_ahead.will_need(self.tensor.pieces, self.start / n_rows, self.stop / n_rows)

    def was_read(self) -> None:
        n_rows = self.tensor.n_rows
        read_ahead.done_with(self.tensor.pieces, self.start / n_rows, self.stop / n_rows)


def row_blocks(plan: Plan, n_weights: int) -> Iterator[RowBlock]:
    """All the work, in runs of about `n_weights` and at least one row."""
    for tensor, shares in plan.work:
        step = max(1, n_weights // tensor.shape[0])
        for start in range(0, tensor.n_rows, step):
            yield RowBlock(tensor, start, min(start + step, tensor.n_rows), shares)


class BlockWorker:
    """The buffers of one thread."""

    def __init__(self, files: Sequence[OutputFile]) -> None:
        self._files = files
        self._values = np.empty(0, np.float32)
        self._scratch = np.empty(0, np.uint16)
        self._rooms: dict[_Way, Bytes] = {}

    def do(self, block: RowBlock) -> None:
        """Read the block and put it into every output.

        Raises:
            ModelError: a weight is infinite or no number, or becomes so.
        """
        row = block.tensor.shape[0]
        n_rows = block.stop - block.start
        rows = block.tensor.read(block.start, block.stop).reshape(-1)
        if rows.size != n_rows * row:
            raise ValueError(f"{block.tensor.name} gave {rows.size} weights for {n_rows} rows")
        ways = {(share.through, share.type) for share in block.shares}
        made = {way: self._room(way, n_rows * way[1].row_bytes(row)) for way in ways}
        step = max(1, PIECE_WEIGHTS // row)
        for first in range(0, n_rows, step):
            piece = rows[first * row : (first + step) * row]
            for through in {through for through, _ in ways}:
                values = self._rounded(piece, through).reshape(-1, row)
                if not _quantize(values, through, made, first):
                    raise _unsound(block.tensor, piece, through)
        for share in block.shares:
            offset = share.offset + block.start * share.type.row_bytes(row)
            self._files[share.output].write(made[share.through, share.type].data, offset)
        block.was_read()

    def _rounded(self, piece: Stored, through: TensorType) -> Floats:
        """A few rows as f32, as if they had been stored in a float type before."""
        if self._values.size < piece.size:
            self._values = np.empty(piece.size, np.float32)
            self._scratch = np.empty(piece.size, np.uint16)
        values = self._values[: piece.size]
        widen(piece, values)
        if _FLOAT_OF[piece.dtype] != through.name:
            round_through(values, through, self._scratch[: piece.size])
        return values

    def _room(self, way: _Way, n_bytes: int) -> Bytes:
        if way not in self._rooms or self._rooms[way].size < n_bytes:
            self._rooms[way] = np.empty(n_bytes, np.uint8)
        return self._rooms[way][:n_bytes]


def _quantize(values: Floats, through: TensorType, made: dict[_Way, Bytes], first: int) -> bool:
    """Rows from `first` on, in every type they go to from here; False where one cannot."""
    sound = is_finite(values)
    n_rows, row = values.shape
    for (via, kind), data in made.items():
        if sound and via == through:
            size = kind.row_bytes(row)
            sound = quantize_rows(values, kind, data[first * size : (first + n_rows) * size])
    return sound


def _unsound(tensor: PlannedTensor, piece: Stored, through: TensorType) -> ModelError:
    values = np.empty(piece.size, np.float32)
    widen(piece, values)
    if is_finite(values):
        return ModelError(
            f"{tensor.name} has weights up to {np.abs(values).max():.3g}, too large for "
            f"{through.name} or the type asked for.",
            "Add --intermediate bf16, or build --type f32 or bf16.",
        )
    return ModelError(
        f"{tensor.name} has weights that are infinite or no numbers.",
        "The model is damaged, or its training diverged; get another copy of it.",
    )
