"""Reads the wire format of protocol buffers: numbered fields, one after another.

Every length is held against what is left before it is used. Does not know what fields mean.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_MAX_VARINT = 10

Field = tuple[int, int, int | bytes]
"""number, wire type, value: a number of a VARINT, bytes otherwise"""


class WireError(ValueError):
    """The bytes are no protocol buffer."""


def fields(data: bytes) -> Iterator[Field]:
    """The fields of a message in their order.

    Raises:
        WireError: when the iteration reaches bytes that are none.
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            length, at = _varint(data, at)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise WireError(f"a field of the unknown type {kind}")
        if number == 0 or length > len(data) - at:
            raise WireError("a field reaches beyond its end")
        yield number, kind, data[at : at + length]
        at += length


def signed(value: int) -> int:
    """An int32 or int64 as it was before it was written: negative ones take all 64 bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + _MAX_VARINT]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value & (1 << 64) - 1, at + place + 1
    raise WireError("a number without an end")
