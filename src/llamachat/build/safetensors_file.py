"""Reads the table of contents of a safetensors file and believes none of it.

Eight bytes of length, that many bytes of JSON, then the weights: what upstream's reader refuses
(overlaps, gaps, sizes that do not fit, trailing bytes, repeated names) is refused here, in words.
Whatever the bytes, the outcome is a table of tensors or a ModelError. Knows nothing of models.
"""

from __future__ import annotations

import json
import mmap
from collections import Counter
from pathlib import Path
from typing import Any, TypeGuard

from llamachat.build.mapped_file import (
    Contents,
    MappedFile,
    damaged,
    map_tensor,
    n_weights,
    shown,
)
from llamachat.build.tensor_file import StoredTensor
from llamachat.errors import ModelError

MAX_HEADER = 16 << 20
"""bytes; upstream reads 100 MB, but 80,000 tensors fit in this and their objects in memory"""
MAX_NAME = 1024

_FLOATS = {"F32": "f32", "F16": "f16", "BF16": "bf16"}
_SIZES: dict[str, tuple[str, int]] = {
    "F32": ("float32", 32), "F16": ("float16", 16), "BF16": ("bfloat16", 16),
    "F64": ("float64", 64), "I64": ("int64", 64), "U64": ("uint64", 64), "C64": ("complex64", 64),
    "I32": ("int32", 32), "U32": ("uint32", 32), "I16": ("int16", 16), "U16": ("uint16", 16),
    "I8": ("int8", 8), "U8": ("uint8", 8), "BOOL": ("bool", 8), "F8_E4M3": ("float8_e4m3", 8),
    "F8_E5M2": ("float8_e5m2", 8), "F8_E8M0": ("float8_e8m0", 8), "F6_E2M3": ("float6_e2m3", 6),
    "F6_E3M2": ("float6_e3m2", 6), "F4": ("float4", 4),
}  # fmt: skip
"""each type in PyTorch's words, and its bits"""
_AGAIN = "Get it again from where it came from."


class SafetensorsFile(MappedFile):
    """An opened safetensors file; its tensors are in the order of their names, as upstream."""

    def _contents(self) -> Contents:
        return _read(self.path, self._mapped)


def _read(path: Path, mapped: mmap.mmap) -> Contents:
    start = _data_start(path, mapped)
    table = _parse(path, mapped[8:start])
    tensors: dict[str, StoredTensor] = {}
    others: dict[str, str] = {}
    places: list[tuple[int, int, str]] = []
    for name in sorted(table):
        if name == "__metadata__":
            continue
        kind, shape, begin, end = _entry(path, name, table[name])
        places.append((begin, end, name))
        if kind not in _FLOATS:
            others[name] = _SIZES[kind][0]
        elif start + end > len(mapped):
            raise _cut_off(path, len(mapped), start + end)
        else:
            tensors[name] = map_tensor(mapped, name, _FLOATS[kind], shape, start + begin)
    _check_layout(path, places, len(mapped) - start)
    return tensors, others


def _data_start(path: Path, mapped: mmap.mmap) -> int:
    length = int.from_bytes(mapped[:8], "little")
    if len(mapped) < 9 or mapped[8:9] != b"{":
        raise ModelError(
            f"{path} is not a safetensors file, whatever its name says: it begins with the bytes "
            f"{mapped[:8].hex(' ')}.",
            _AGAIN,
        )
    if length > MAX_HEADER:
        raise damaged(path, f"its header claims {length:,} bytes, more than {MAX_HEADER:,}")
    if 8 + length > len(mapped):
        raise _cut_off(path, len(mapped), 8 + length)
    return 8 + length


def _parse(path: Path, header: bytes) -> dict[str, Any]:
    repeated: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.append(counts.most_common(1)[0][0])
        return entries

    try:
        table = json.loads(header, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise damaged(path, "its header is not JSON") from None
    if repeated:
        raise damaged(path, f"its header names {shown(repeated[0])} twice")
    if not isinstance(table, dict):
        raise damaged(path, "its header is not a table of tensors")
    return table


def _entry(path: Path, name: str, entry: object) -> tuple[str, tuple[int, ...], int, int]:
    """Type, shape, first byte and end of one tensor; its size fits its type and its shape."""
    if not isinstance(entry, dict) or len(name) > MAX_NAME:
        raise damaged(path, f"its header says nothing usable of {shown(name)}")
    kind, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(kind, str) or kind not in _SIZES:
        raise ModelError(
            f"{path} stores {shown(name)} as {shown(str(kind))}, a type that llamachat does not "
            "know.",
            "Save the model as float32, float16 or bfloat16.",
        )
    if not _natural(shape) or not _natural(offsets) or len(offsets) != 2:
        raise damaged(path, f"the place or the shape of {shown(name)} is not in numbers")
    count = n_weights(tuple(shape))
    begin, end = offsets
    if count is None or begin > end or (end - begin) * 8 != count * _SIZES[kind][1]:
        raise damaged(path, f"the size of {shown(name)} does not fit its shape and type")
    return kind, tuple(shape), begin, end


def _natural(numbers: object) -> TypeGuard[list[int]]:
    return isinstance(numbers, list) and all(type(n) is int and n >= 0 for n in numbers)


def _check_layout(path: Path, places: list[tuple[int, int, str]], size: int) -> None:
    """Tensors lie one after the other and fill the file."""
    expected = 0
    for begin, end, name in sorted(places):
        if begin != expected:
            fault = "overlaps the one before it" if begin < expected else "follows a gap"
            raise damaged(path, f"the tensor {shown(name)} {fault}")
        expected = end
    if expected > size:
        raise _cut_off(path, size, expected)
    if expected < size:
        raise damaged(path, f"{size - expected:,} bytes after its last tensor belong to nothing")


def _cut_off(path: Path, size: int, expected: int) -> ModelError:
    return ModelError(
        f"{path} is cut off: it has {size:,} bytes and should have {expected:,} or more.", _AGAIN
    )
