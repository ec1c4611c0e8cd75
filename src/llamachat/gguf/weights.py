"""The weight matrices of a generated model, as streams of random blocks.

Matrices of one type, row length and scale share a pool, made when it is first needed. Knows
nothing of what a matrix is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from struct import pack

from llamachat.gguf.blocks import Pool, make_pool, require_generated
from llamachat.gguf.types import TensorType
from llamachat.gguf.writer import Block, TensorSource

QUIET = 1 / 16
"""scale of the quiet rows"""

_Key = tuple[TensorType, int, float]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One tensor to be made up; with one dimension it is a norm, all ones."""

    name: str
    dims: tuple[int, ...]
    """ggml's order: the length of a row first"""
    type: TensorType
    std: float
    """standard deviation of its weights"""
    quiet_rows: int = 0
    """so many rows at its beginning are QUIET"""

    def parts(self) -> tuple[tuple[_Key, int], ...]:
        """The pools that its rows come from, and how many rows each gives."""
        row, n_rows = self.dims
        quiet = ((self.type, row, self.std * QUIET), self.quiet_rows)
        loud = ((self.type, row, self.std), n_rows - self.quiet_rows)
        return (quiet, loud) if self.quiet_rows else (loud,)


def random_tensors(matrices: Sequence[Matrix], rng: Random | None = None) -> list[TensorSource]:
    """The tensors, ready to be written; nothing random happens before that.

    Raises:
        UsageError: weights of a type that can not be made up.
    """
    pools = _Pools(rng or Random(0))
    sources = []
    for matrix in matrices:
        require_generated(matrix.type)
        blocks: Callable[[], Iterable[Block]]
        if len(matrix.dims) == 1:
            blocks = partial(_ones, matrix.dims[0])
        else:
            pools.reserve(matrix)
            blocks = partial(pools.rows, matrix)
        sources.append(TensorSource(matrix.name, matrix.dims, matrix.type, blocks))
    return sources


def _ones(length: int) -> Iterator[bytes]:
    yield pack("<f", 1.0) * length


@dataclass(slots=True)
class _Pools:
    rng: Random
    n_rows: dict[_Key, int] = field(default_factory=dict)
    """the most rows that one matrix takes from each pool"""
    made: dict[_Key, Pool] = field(default_factory=dict)

    def reserve(self, matrix: Matrix) -> None:
        for key, n_rows in matrix.parts():
            self.n_rows[key] = max(self.n_rows.get(key, 0), n_rows)

    def rows(self, matrix: Matrix) -> Iterator[memoryview]:
        """All rows of one matrix."""
        for key, n_rows in matrix.parts():
            kind, row, std = key
            if key not in self.made:
                self.made[key] = make_pool(self.rng, kind, row, self.n_rows[key], std)
            yield from self.made[key].stream(self.rng, kind.row_bytes(row) * n_rows)
