"""Values of GGUF metadata, with their types, as bytes and as Python values.

What a reader returns a writer takes. Arrays stay packed until somebody iterates over them: a
vocabulary of 128,000 strings costs its bytes, not its objects. Does not know which keys exist.
Little-endian only, as every GGUF that llama.cpp reads on the machines we run on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

Scalar = int | float | bool | str


class ValueType(IntEnum):
    """`enum gguf_type` (gguf.h)."""

    UINT8 = 0
    INT8 = 1
    UINT16 = 2
    INT16 = 3
    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9
    UINT64 = 10
    INT64 = 11
    FLOAT64 = 12


FIXED: dict[ValueType, struct.Struct] = {
    ValueType.UINT8: struct.Struct("<B"),
    ValueType.INT8: struct.Struct("<b"),
    ValueType.UINT16: struct.Struct("<H"),
    ValueType.INT16: struct.Struct("<h"),
    ValueType.UINT32: struct.Struct("<I"),
    ValueType.INT32: struct.Struct("<i"),
    ValueType.FLOAT32: struct.Struct("<f"),
    ValueType.BOOL: struct.Struct("<?"),
    ValueType.UINT64: struct.Struct("<Q"),
    ValueType.INT64: struct.Struct("<q"),
    ValueType.FLOAT64: struct.Struct("<d"),
}
_LENGTH = FIXED[ValueType.UINT64]


@dataclass(frozen=True, slots=True)
class Value:
    """One scalar. Text that is no UTF-8 keeps its bytes as lone surrogates."""

    type: ValueType
    data: Scalar

    def packed(self) -> bytes:
        if self.type is ValueType.STRING:
            return pack_string(str(self.data))
        return FIXED[self.type].pack(self.data)


@dataclass(frozen=True, slots=True)
class Array:
    """A packed array of one type. `raw` is None where a reader was told to skip it."""

    type: ValueType
    length: int
    raw: bytes | None

    def __iter__(self) -> Iterator[Scalar]:
        if self.raw is None:
            raise ValueError("this array was skipped: read the header with arrays=True")
        if self.type is not ValueType.STRING:
            return (item for (item,) in FIXED[self.type].iter_unpack(self.raw))
        return _strings(self.raw)


Metadata = dict[str, Value | Array]


def _strings(raw: bytes) -> Iterator[str]:
    at = 0
    while at < len(raw):
        end = at + 8 + _LENGTH.unpack_from(raw, at)[0]
        yield raw[at + 8 : end].decode("utf-8", "surrogateescape")
        at = end


def pack_string(text: str) -> bytes:
    """Length in 8 bytes, then UTF-8."""
    encoded = text.encode("utf-8", "surrogateescape")
    return _LENGTH.pack(len(encoded)) + encoded


def array(kind: ValueType, items: Iterable[Scalar]) -> Array:
    """Pack `items` as an array of one type."""
    listed = list(items)
    if kind is ValueType.STRING:
        raw = b"".join([pack_string(str(item)) for item in listed])
    else:
        raw = struct.pack(f"<{len(listed)}{FIXED[kind].format[-1]}", *listed)
    return Array(kind, len(listed), raw)


def text(data: str) -> Value:
    return Value(ValueType.STRING, data)


def u32(data: int) -> Value:
    return Value(ValueType.UINT32, data)


def f32(data: float) -> Value:
    """Rounded at once, so that the value is equal to what a reader finds."""
    number = FIXED[ValueType.FLOAT32]
    return Value(ValueType.FLOAT32, number.unpack(number.pack(data))[0])


def boolean(data: bool) -> Value:
    return Value(ValueType.BOOL, data)
