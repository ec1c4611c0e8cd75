"""Writes a GGUF file (version 3) as a stream: metadata first, then one tensor after the other.

Tensor data comes from iterators of byte blocks, so a model of any size passes through a few
megabytes. The file appears under its name only when it is complete. Does not know what a tensor
means, nor how its bytes are made.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from llamachat.errors import LlamaChatError
from llamachat.gguf.header import TensorInfo
from llamachat.gguf.metadata import Array, Metadata, Value, ValueType, pack_string
from llamachat.gguf.types import TensorType

VERSION = 3
DEFAULT_ALIGNMENT = 32
MAX_NAME = 63
"""bytes; GGML_MAX_NAME less its final zero"""
MAX_DIMS = 4

Block = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class TensorSource:
    """A tensor to be written; `blocks` is called once, when its turn has come."""

    name: str
    shape: tuple[int, ...]
    """ggml's order: the length of a row first"""
    type: TensorType
    blocks: Callable[[], Iterable[Block]]

    @property
    def n_bytes(self) -> int:
        n_rows = 1
        for extent in self.shape[1:]:
            n_rows *= extent
        return self.type.row_bytes(self.shape[0]) * n_rows


def padding(offset: int, alignment: int) -> int:
    """Bytes missing to the next multiple of `alignment`."""
    return -offset % alignment


def write_gguf(
    path: Path,
    metadata: Metadata,
    tensors: Sequence[TensorSource],
    *,
    alignment: int = DEFAULT_ALIGNMENT,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write a model to `path`, replacing what is there; returns its size in bytes.

    Args:
        alignment: of tensor data; anything but the default must also be in `metadata`.
        progress: called with the bytes written so far, after each block.

    Raises:
        LlamaChatError: the disk is full or refuses.
    """
    head = header_bytes(metadata, tensors, alignment=alignment)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(head)
            for tensor in tensors:
                _write_tensor(file, tensor, alignment, progress)
            size = file.tell()
        temporary.replace(path)
    except OSError as error:
        raise LlamaChatError(
            f"{path} could not be written: {error.strerror or error}.",
            "Free some space or choose another place.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return size


def header_bytes(
    metadata: Metadata,
    tensors: Sequence[TensorSource | TensorInfo],
    *,
    alignment: int = DEFAULT_ALIGNMENT,
) -> bytes:
    """Everything before the tensor data, which begins where these bytes end."""
    parts = [struct.pack("<4sIqq", b"GGUF", VERSION, len(tensors), len(metadata))]
    for key, value in metadata.items():
        parts += (pack_string(key), _packed_value(value))
    offset = 0
    names: set[str] = set()
    for tensor in tensors:
        _check(tensor, names)
        n_dims = len(tensor.shape)
        parts.append(pack_string(tensor.name))
        parts.append(struct.pack(f"<I{n_dims}qIQ", n_dims, *tensor.shape, tensor.type.id, offset))
        offset += tensor.n_bytes + padding(tensor.n_bytes, alignment)
    head = b"".join(parts)
    return head + bytes(padding(len(head), alignment))


def _packed_value(value: Value | Array) -> bytes:
    if isinstance(value, Value):
        return struct.pack("<I", value.type) + value.packed()
    if value.raw is None:
        raise ValueError("a skipped array can not be written")
    return struct.pack("<IIQ", ValueType.ARRAY, value.type, value.length) + value.raw


def _check(tensor: TensorSource | TensorInfo, names: set[str]) -> None:
    if tensor.name in names or not 0 < len(tensor.name.encode()) <= MAX_NAME:
        raise ValueError(f"bad or repeated tensor name {tensor.name!r}")
    if not 0 < len(tensor.shape) <= MAX_DIMS or min(tensor.shape) < 1:
        raise ValueError(f"{tensor.name} has the shape {tensor.shape}")
    if tensor.shape[0] % tensor.type.block:
        raise ValueError(f"rows of {tensor.name} do not fit {tensor.type.name}: {tensor.shape}")
    names.add(tensor.name)


def _write_tensor(
    file: BinaryIO,
    tensor: TensorSource,
    alignment: int,
    progress: Callable[[int], object] | None,
) -> None:
    start = file.tell()
    for block in tensor.blocks():
        file.write(block)
        if progress is not None:
            progress(file.tell())
    written = file.tell() - start
    if written != tensor.n_bytes:
        raise ValueError(f"{tensor.name} has {tensor.n_bytes} bytes, {written} were written")
    file.write(bytes(padding(written, alignment)))
