"""Writes safetensors by hand: eight bytes of length, JSON, data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DTYPES = {"f32": "F32", "f16": "F16", "bf16": "BF16"}


def write_safetensors(path: Path, tensors: Mapping[str, npt.NDArray[Any]], dtype: str) -> None:
    """Tensors of one type; those of bf16 are given as uint16."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, weights in tensors.items():
        end = offset + weights.nbytes
        shape = list(weights.shape)
        header[name] = {"dtype": DTYPES[dtype], "shape": shape, "data_offsets": [offset, end]}
        offset = end
    write_raw(path, header, b"".join(np.ascontiguousarray(w).tobytes() for w in tensors.values()))


def write_raw(path: Path, header: object, data: bytes) -> None:
    """Any header before any data, filled up with spaces as upstream does."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)
