"""Reads the header of a GGUF file and believes none of it.

Every count, length, type and offset is bounded by the size of the file and by fixed limits before
it is used; what llama.cpp would refuse is refused here, in words. Whatever the bytes, the outcome
is a header or a ModelError, within a few megabytes. Tensor data is never read.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

from llamachat.errors import ModelError
from llamachat.gguf.cursor import MAX_HEADER, Cursor, shown
from llamachat.gguf.header import GGUFHeader, Split, TensorInfo
from llamachat.gguf.identify import CutOff, damaged, open_gguf
from llamachat.gguf.metadata import Array, Metadata, Value, ValueType
from llamachat.gguf.types import REMOVED_TENSOR_TYPES, TENSOR_TYPES, TensorType
from llamachat.gguf.writer import DEFAULT_ALIGNMENT, MAX_DIMS, MAX_NAME, padding

MAX_ENTRIES = 1 << 16
MAX_TENSORS = 1 << 17
"""several times what the largest models of many experts have"""
MAX_KEY = 65535
"""bytes, by the GGUF specification"""
MAX_ALIGNMENT = 1 << 20
MAX_WEIGHTS = 1 << 48
"""of one tensor: a hundred times what the largest models have altogether"""
MAX_SPLITS = 99999
"""file names have five digits"""

_SMALLEST_ENTRY = 8 + 1 + 4 + 1
"""bytes of a metadata entry: key length, key, type, value"""
_SMALLEST_TENSOR = 8 + 1 + 4 + 4 + 8
"""bytes of a tensor entry: name length, name, dimensions, type, offset"""


def read_header(path: Path | str, *, arrays: bool = True) -> GGUFHeader:
    """The checked header of the GGUF at `path`.

    Args:
        arrays: keep arrays (vocabularies); without them it takes half the time and no memory.

    Raises:
        ModelError: it is no GGUF, damaged, cut off or of a kind that llama.cpp does not read.
    """
    path = Path(path)
    file, size = open_gguf(path)
    with file:
        cursor = Cursor(path, file, size)
        cursor.take(4)
        version = cursor.integer(ValueType.UINT32)
        n_tensors = cursor.count(_SMALLEST_TENSOR, MAX_TENSORS, "tensors")
        n_entries = cursor.count(_SMALLEST_ENTRY, MAX_ENTRIES, "metadata entries")
        metadata = _read_metadata(cursor, n_entries, arrays)
        alignment = _alignment(path, metadata)
        tensors = _read_tensors(cursor, n_tensors)
        end = cursor.offset
    data_offset = end + padding(end, alignment) if tensors else end
    _check_layout(path, tensors, alignment, data_offset, size)
    split = _split(path, metadata)
    return GGUFHeader(path, version, metadata, tensors, alignment, data_offset, size, split)


def _read_metadata(cursor: Cursor, n_entries: int, arrays: bool) -> Metadata:
    metadata: Metadata = {}
    for _ in range(n_entries):
        key = _name(cursor, MAX_KEY, "a metadata key")
        if key in metadata:
            raise cursor.damaged(f"the metadata key {shown(key)} occurs twice")
        kind = _value_type(cursor, key)
        if kind is ValueType.ARRAY:
            metadata[key] = _read_array(cursor, key, arrays)
        elif kind is ValueType.STRING:
            raw = cursor.string(MAX_HEADER, f"the metadata entry {shown(key)}")
            metadata[key] = Value(kind, raw.decode("utf-8", "surrogateescape"))
        else:
            metadata[key] = Value(kind, cursor.scalar(kind))
    return metadata


def _read_array(cursor: Cursor, key: str, keep: bool) -> Array:
    kind = _value_type(cursor, key)
    if kind is ValueType.ARRAY:
        raise cursor.damaged(f"the metadata entry {shown(key)} is an array of arrays")
    length = cursor.integer(ValueType.UINT64)
    if kind is ValueType.STRING:
        return Array(kind, length, cursor.strings(length, keep=keep))
    return Array(kind, length, cursor.numbers(kind, length, keep=keep))


def _value_type(cursor: Cursor, key: str) -> ValueType:
    number = cursor.integer(ValueType.UINT32)
    if number > max(ValueType):
        raise cursor.damaged(f"the metadata entry {shown(key)} has the unknown type {number}")
    return ValueType(number)


def _name(cursor: Cursor, limit: int, what: str) -> str:
    raw = cursor.string(limit, what)
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise cursor.damaged(f"{what} is not UTF-8") from None
    if not name:
        raise cursor.damaged(f"{what} is empty")
    return name


def _alignment(path: Path, metadata: Metadata) -> int:
    value = metadata.get("general.alignment", Value(ValueType.UINT32, DEFAULT_ALIGNMENT))
    if not isinstance(value, Value) or value.type is not ValueType.UINT32:
        raise damaged(path, "its alignment is not an unsigned 32-bit number")
    alignment = int(value.data)
    if not 0 < alignment <= MAX_ALIGNMENT or alignment & (alignment - 1):
        raise damaged(path, f"its alignment is {alignment:,}")
    return alignment


def _read_tensors(cursor: Cursor, n_tensors: int) -> tuple[TensorInfo, ...]:
    tensors: dict[str, TensorInfo] = {}
    for _ in range(n_tensors):
        name = _name(cursor, MAX_NAME, "a tensor name")
        if name in tensors:
            raise cursor.damaged(f"the tensor {shown(name)} occurs twice")
        n_dims = cursor.integer(ValueType.UINT32)
        if n_dims > MAX_DIMS:
            raise cursor.damaged(f"the tensor {shown(name)} has {n_dims:,} dimensions")
        shape = tuple(cursor.integer(ValueType.INT64) for _ in range(n_dims)) or (1,)
        kind = _tensor_type(cursor, name)
        if min(shape) < 1 or prod(shape) > MAX_WEIGHTS or shape[0] % kind.block:
            raise cursor.damaged(f"the {kind.name} tensor {shown(name)} has the shape {shape}")
        tensors[name] = TensorInfo(name, shape, kind, cursor.integer(ValueType.UINT64))
    return tuple(tensors.values())


def _tensor_type(cursor: Cursor, name: str) -> TensorType:
    number = cursor.integer(ValueType.UINT32)
    if number in REMOVED_TENSOR_TYPES:
        raise ModelError(
            f"{cursor.path} is quantized as {REMOVED_TENSOR_TYPES[number]}, which llama.cpp no "
            "longer reads.",
            "Get the plain file of the same model (Q4_0, IQ4_NL): it is rearranged when loaded.",
        )
    if number not in TENSOR_TYPES:
        raise ModelError(
            f"{cursor.path} has a tensor {shown(name)} of the unknown type {number}.",
            "Update llamachat if the file is newer than it; otherwise download the file again.",
        )
    return TENSOR_TYPES[number]


def _check_layout(
    path: Path, tensors: tuple[TensorInfo, ...], alignment: int, data_offset: int, size: int
) -> None:
    """Tensors lie one after the other, each padded to the alignment: llama.cpp wants no less."""
    end = expected = 0
    for tensor in tensors:
        if tensor.offset != expected:
            fault = "overlaps the one before it" if tensor.offset < expected else "follows a gap"
            fault = "is not aligned" if tensor.offset % alignment else fault
            raise damaged(path, f"the tensor {shown(tensor.name)} {fault}")
        end = expected + tensor.n_bytes
        expected = end + padding(end, alignment)
    if data_offset + end > size:
        raise CutOff(path, size, data_offset + end)


def _split(path: Path, metadata: Metadata) -> Split | None:
    keys = ("split.no", "split.count", "split.tensors.count")
    numbers = []
    for key in keys:
        value = metadata.get(key, Value(ValueType.UINT16, 0))
        if not isinstance(value, Value) or type(value.data) is not int or value.data < 0:
            raise damaged(path, f"its {key} is not a number")
        numbers.append(value.data)
    index, count, n_tensors = numbers
    if count <= 1:
        return None
    if index >= count or count > MAX_SPLITS:
        raise damaged(path, f"it says to be part {index + 1:,} of {count:,}")
    return Split(index, count, n_tensors)
