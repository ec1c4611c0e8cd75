"""Random weights written directly as quantized blocks, with a chosen standard deviation.

Quants are random bits; only the block's scale (and offset, where the type has one) is computed, so
that weights have mean zero. All of it is a few C-speed operations on a whole pool of blocks, which
tensors then read from different places: 3.8 GB come from 30 MB, and no two rows of a tensor are
the same. Block layouts are those of ggml-common.h. Knows nothing of models.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd, sqrt
from random import Random

from llamachat.errors import UsageError
from llamachat.gguf.types import TensorType

POOL_BYTES = 8 << 20

_SAME = bytes(range(256))
_TWICE = bytes((8 + nibble % 8) * 0x11 for nibble in range(256))
"""one 4-bit value from 8 to 15 in both halves of a byte"""
_TWICE_ANY = bytes(nibble % 16 * 0x11 for nibble in range(256))
_NOT_MINUS_128 = _SAME[:128] + b"\x7f" + _SAME[129:]
_TERNARY = bytes(sum(byte // 3**at % 3 << 2 * at for at in range(4)) for byte in range(256))
"""four 2-bit values from 0 to 2"""

_Copies = tuple[tuple[int, int, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Recipe:
    rms: float
    """root mean square of a weight whose block scale is 1"""
    scales: tuple[tuple[int, float], ...]
    """(byte in the block, factor): f16 fields that hold the block's scale times the factor"""
    copies: _Copies = ()
    """(to byte, from byte, translation): bytes that are no free random bits"""


def _in_place(first: int, last: int, table: bytes) -> _Copies:
    return tuple((at, at, table) for at in range(first, last))


_K4_SCALES: _Copies = (
    *((8 + at, 4 + at, _SAME) for at in range(4)),
    *_in_place(12, 16, _TWICE_ANY),
)
"""q4_K and q5_K pack 6-bit scales and minima: the minimum of each sub-block equals its scale"""

_RECIPES: dict[str, _Recipe] = {
    "q4_0": _Recipe(4.637, ((0, 1.0),)),
    "q4_1": _Recipe(4.610, ((0, 1.0), (2, -7.5))),
    "q5_0": _Recipe(9.247, ((0, 1.0),)),
    "q5_1": _Recipe(9.233, ((0, 1.0), (2, -15.5))),
    "q8_0": _Recipe(73.89, ((0, 1.0),), _in_place(2, 34, _NOT_MINUS_128)),
    "q2_K": _Recipe(13.11, ((80, 1.0), (82, 1.5)), _in_place(0, 16, _TWICE)),
    "q3_K": _Recipe(43.33, ((108, 1.0),)),
    "q4_K": _Recipe(168.3, ((0, 1.0), (2, 7.5)), _K4_SCALES),
    "q5_K": _Recipe(337.1, ((0, 1.0), (2, 15.5)), _K4_SCALES),
    "q6_K": _Recipe(1366.0, ((208, 1.0),)),
    "iq4_nl": _Recipe(67.3, ((0, 1.0),)),
    "iq4_xs": _Recipe(1246.0, ((0, 1.0),)),
    "iq1_s": _Recipe(7.2, ((0, 1.0),)),
    "iq2_xxs": _Recipe(53.3, ((0, 1.0),)),
    "iq2_xs": _Recipe(55.8, ((0, 1.0),)),
    "iq2_s": _Recipe(56.3, ((0, 1.0),)),
    "iq3_xxs": _Recipe(142.0, ((0, 1.0),)),
    "iq3_s": _Recipe(140.0, ((0, 1.0),)),
    "tq1_0": _Recipe(0.817, ((52, 1.0),)),
    "tq2_0": _Recipe(0.817, ((64, 1.0),), _in_place(0, 64, _TERNARY)),
    "q1_0": _Recipe(1.0, ((0, 1.0),)),
    "q2_0": _Recipe(1.225, ((0, 1.0),)),
}
_FLOATS = {"f32": 2, "f16": 0, "bf16": 0}
"""where the two bytes that carry sign, exponent and first mantissa bits lie"""
GENERATED: tuple[str, ...] = (*_FLOATS, *_RECIPES)


def _tables(values: list[float], *, bfloat: bool) -> tuple[bytes, bytes]:
    """Low and high bytes of 256 numbers, to be looked up by a random byte."""
    packed = [struct.pack("<f", v)[2:] if bfloat else struct.pack("<e", v) for v in values]
    return bytes(pair[0] for pair in packed), bytes(pair[1] for pair in packed)


def _random_blocks(rng: Random, kind: TensorType, n_blocks: int, std: float) -> bytes:
    """`n_blocks` blocks of weights with mean 0 and standard deviation `std`."""
    size = kind.size
    data = bytearray(rng.randbytes(n_blocks * size))
    index = rng.randbytes(n_blocks)
    if kind.name in _FLOATS:
        at = _FLOATS[kind.name]
        uniform = [std * sqrt(3) * (i - 127.5) / 128 for i in range(256)]
        fields = [(at, _tables(uniform, bfloat=kind.name != "f16"))]
    else:
        recipe = _RECIPES[kind.name]
        for target, source, table in recipe.copies:
            data[target::size] = data[source::size].translate(table)
        # both signs: types without an offset count from -8 to 7, a small bias that would otherwise
        # grow along the diagonal of all ones and drown 32 layers
        spread = [(0.75 + i / 256) * std / recipe.rms for i in range(128)]
        signed = [sign * scale for scale in spread for sign in (1, -1)]
        fields = [
            (at, _tables([factor * scale for scale in signed], bfloat=False))
            for at, factor in recipe.scales
        ]
    for at, (low, high) in fields:
        data[at::size] = index.translate(low)
        data[at + 1 :: size] = index.translate(high)
    return bytes(data)


@dataclass(frozen=True, slots=True)
class Pool:
    """A run of random blocks that any number of tensors read in a circle."""

    kind: TensorType
    data: bytes

    def stream(self, rng: Random, n_bytes: int) -> Iterator[memoryview]:
        """`n_bytes` of blocks, beginning somewhere."""
        view = memoryview(self.data)
        at = rng.randrange(len(view) // self.kind.size) * self.kind.size
        while n_bytes:
            block = view[at : at + n_bytes]
            yield block
            n_bytes -= len(block)
            at = 0


def require_generated(kind: TensorType) -> None:
    """Raises UsageError for a type whose blocks can not be made up."""
    if kind.name not in GENERATED:
        raise UsageError(
            f"Random weights of type {kind.name} can not be generated.",
            f"Possible: {', '.join(GENERATED)}.",
        )


def make_pool(rng: Random, kind: TensorType, row: int, n_rows: int, std: float) -> Pool:
    """Blocks for matrices of rows of `row` weights, the largest of them with `n_rows`.

    Their number is at least that of the rows and shares no factor with the blocks of a row, so
    every row begins elsewhere and no two are equal.
    """
    per_row = row // kind.block
    n_blocks = max(min(per_row * n_rows, POOL_BYTES // kind.size), n_rows, 2)
    while gcd(n_blocks, per_row) != 1:
        n_blocks += 1
    return Pool(kind, _random_blocks(rng, kind, n_blocks, std))
