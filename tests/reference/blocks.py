"""Three block formats of ggml decoded byte by byte: what docs/quantization.md says, in NumPy.

Written from the layouts in ggml-common.h, for readers; not fast, and nothing depends on it but
tests, which hold it against ggml's own quantizer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def decode_q8_0(data: Bytes) -> Floats:
    """Blocks of 34 bytes, 32 weights each: a scale and 32 signed bytes; x = d · q."""
    blocks = data.reshape(-1, 34)
    d = _half(blocks[:, 0:2])
    q = blocks[:, 2:34].view(np.int8).astype(np.float32)
    return np.asarray(d * q, np.float32).reshape(-1)


def decode_q4_0(data: Bytes) -> Floats:
    """Blocks of 18 bytes, 32 weights each: a scale and 32 halves of bytes; x = d · (q − 8).

    The low half of byte j is weight j, its high half weight j + 16.
    """
    blocks = data.reshape(-1, 18)
    d = _half(blocks[:, 0:2])
    q = np.concatenate([blocks[:, 2:18] & 15, blocks[:, 2:18] >> 4], axis=1).astype(np.float32)
    return np.asarray(d * (q - 8), np.float32).reshape(-1)


def decode_q4_k(data: Bytes) -> Floats:
    """Blocks of 144 bytes, 256 weights each: eight groups of 32, each with a scale and a minimum
    of six bits; x = d · scale · q − dmin · minimum.

    32 bytes hold two groups: the first in their low halves, the second in their high ones.
    """
    blocks = data.reshape(-1, 144)
    d, dmin = _half(blocks[:, 0:2]), _half(blocks[:, 2:4])
    scales, minima = _six_bits(blocks[:, 4:16])
    bytes_ = blocks[:, 16:144].reshape(-1, 4, 1, 32)
    q = np.concatenate([bytes_ & 15, bytes_ >> 4], axis=2).reshape(-1, 8, 32).astype(np.float32)
    x = (d * scales)[:, :, None] * q - (dmin * minima)[:, :, None]
    return np.asarray(x, np.float32).reshape(-1)


def _six_bits(packed: Bytes) -> tuple[Floats, Floats]:
    """Eight scales and eight minima out of twelve bytes: the first four of each lie in the low six
    bits of bytes 0–3 and 4–7; of the others four bits lie in bytes 8–11, and two in the high bits
    of those first eight."""
    first, second, third = packed[:, 0:4], packed[:, 4:8], packed[:, 8:12]
    scales = np.concatenate([first & 63, (third & 15) | (first >> 6) << 4], axis=1)
    minima = np.concatenate([second & 63, (third >> 4) | (second >> 6) << 4], axis=1)
    return scales.astype(np.float32), minima.astype(np.float32)


def _half(pair: Bytes) -> Floats:
    return np.ascontiguousarray(pair).view(np.float16).astype(np.float32)
