"""Writes what `torch.save` writes, without PyTorch: a ZIP of stored entries, each at a multiple of
64 bytes, with a pickle of protocol 2 that names the tensors. Also single pickle instructions, to
write programs that nobody should run."""

import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

STORAGES = {"f32": "FloatStorage", "f16": "HalfStorage", "bf16": "BFloat16Storage"}
STOP = b"."
PROTOCOL = b"\x80\x02"


@dataclass(frozen=True)
class Saved:
    """One tensor; shape, strides and offset as a view of its storage, plain if not given."""

    weights: npt.NDArray[Any]
    storage: str = "FloatStorage"
    key: str = ""
    shape: tuple[int, ...] | None = None
    strides: tuple[int, ...] | None = None
    offset: int = 0
    length: int | None = None


def name(module: str, attribute: str) -> bytes:
    return b"c" + f"{module}\n{attribute}\n".encode()


def word(text: str) -> bytes:
    raw = text.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(value: int) -> bytes:
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -(1 << 31) <= value < 1 << 31:
        return b"J" + struct.pack("<i", value)
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def numbers(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(number(value) for value in values) + b"t"


def storage(kind: str, key: str, length: int) -> bytes:
    """What stands for the numbers of a tensor."""
    identity = word("storage") + name("torch", kind) + word(key) + word("cpu") + number(length)
    return b"(" + identity + b"tQ"


def tensor(saved: Saved, key: str) -> bytes:
    shape = saved.weights.shape if saved.shape is None else saved.shape
    strides = tuple(np.cumprod((1, *shape[:0:-1]))[::-1].tolist()) if shape else ()
    length = saved.weights.size if saved.length is None else saved.length
    return b"".join((
        name("torch._utils", "_rebuild_tensor_v2"),
        b"(" + storage(saved.storage, saved.key or key, length) + number(saved.offset),
        numbers(shape) + numbers(saved.strides if saved.strides is not None else strides),
        b"\x89" + name("collections", "OrderedDict") + b")Rt" + b"R",
    ))  # fmt: skip


def state_dict(tensors: Mapping[str, Saved]) -> bytes:
    """An OrderedDict of tensors, with the attributes that a module's state dict has."""
    ordered = name("collections", "OrderedDict") + b")R"
    items = b"".join(
        word(key) + tensor(saved, str(index)) for index, (key, saved) in enumerate(tensors.items())
    )
    attributes = b"}(" + word("_metadata") + ordered + b"ub"
    return PROTOCOL + ordered + b"(" + items + b"u" + attributes + STOP


def write_archive(path: Path, program: bytes, data: Mapping[str, bytes]) -> None:
    """A ZIP as PyTorch lays it out, with any program and any storages."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        entries = {"data.pkl": program, "byteorder": b"little", "version": b"3\n"}
        for entry, content in (entries | {f"data/{key}": raw for key, raw in data.items()}).items():
            info = zipfile.ZipInfo(f"{path.stem}/{entry}")
            assert archive.fp is not None
            header = archive.fp.tell() + 30 + len(info.filename)
            filler = -(header + 4) % 64
            info.extra = b"FB" + struct.pack("<H", filler) + b"Z" * filler
            archive.writestr(info, content)


def write_torch(path: Path, tensors: Mapping[str, Saved]) -> None:
    """A checkpoint of these tensors."""
    storages = {saved.key or str(index): saved for index, saved in enumerate(tensors.values())}
    data = {key: np.ascontiguousarray(saved.weights).tobytes() for key, saved in storages.items()}
    write_archive(path, state_dict(tensors), data)
