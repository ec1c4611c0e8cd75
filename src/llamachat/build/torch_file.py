"""Reads the weights of a PyTorch checkpoint (.pth, .bin, .pt) without PyTorch and without trust.

The pickle inside says which tensors lie where; it is interpreted by `PickleMachine`, which knows
four names and builds descriptions of tensors. Their weights are mapped. Whatever the bytes, the
outcome is a table of tensors or a ModelError. Knows nothing of models.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from llamachat.build.mapped_file import (
    Contents,
    MappedFile,
    damaged,
    map_tensor,
    n_weights,
    shown,
)
from llamachat.build.pickle_machine import Call, Global, PickleError, PickleMachine
from llamachat.build.tensor_file import NUMPY_TYPES, StoredTensor
from llamachat.build.torch_archive import Entry, read_archive
from llamachat.errors import ModelError

_FLOATS = {"FloatStorage": "f32", "HalfStorage": "f16", "BFloat16Storage": "bf16"}
_STORAGES: dict[str, str] = {
    "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "DoubleStorage": "float64", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
}  # fmt: skip


class _Storage(NamedTuple):
    """What a persistent id stands for: a run of numbers in the archive."""

    kind: str
    key: str
    length: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage; offset and strides in numbers, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class TorchFile(MappedFile):
    """An opened checkpoint; its tensors are in the order in which they were saved."""

    def _contents(self) -> Contents:
        return _read(self.path, self._mapped)


def _read(path: Path, mapped: mmap.mmap) -> Contents:
    entries = read_archive(path, mapped)
    if "byteorder" in entries and _content(mapped, entries["byteorder"]) != b"little":
        raise ModelError(
            f"{path} was written by a big-endian machine.", "Get the ordinary file of this model."
        )
    state = _state(path, _content(mapped, entries["data.pkl"]))
    tensors: dict[str, StoredTensor] = {}
    others: dict[str, str] = {}
    for name, value in state.items():
        if not isinstance(value, _Tensor):
            continue
        if value.storage.kind in _FLOATS:
            tensors[name] = _map(path, mapped, entries, name, value)
        else:
            others[name] = _STORAGES[value.storage.kind]
    if not tensors and not others:
        raise ModelError(
            f"{path} holds no weights{_held(state)}.",
            "Give a state dict: what torch.save(model.state_dict(), FILE) writes.",
        )
    return tensors, others


def _content(mapped: mmap.mmap, entry: Entry) -> bytes:
    """A small file of the archive; of a longer one enough to be refused for its length."""
    return mapped[entry.offset : entry.offset + min(entry.size, 32 << 20)]


def _state(path: Path, program: bytes) -> dict[str, Any]:
    allowed: dict[str, Call | None] = {
        "collections.OrderedDict": _ordered_dict,
        "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
        "torch._utils._rebuild_parameter": _rebuild_parameter,
    }
    allowed |= {f"torch.{kind}": None for kind in _STORAGES}
    try:
        state = PickleMachine(program, allowed, _storage).run()
    except PickleError as error:
        raise ModelError(
            f"{path} is refused, for its pickle {error}: only plain weights are read, and nothing "
            "of a file is ever run.",
            "Give the same weights as safetensors, or the file of weights alone.",
        ) from None
    if not isinstance(state, dict):
        raise ModelError(
            f"{path} holds no table of weights.",
            "Give a state dict: what torch.save(model.state_dict(), FILE) writes.",
        )
    return state


def _held(state: dict[str, Any]) -> str:
    """What lies on top instead: a checkpoint of a training often has its weights one level down."""
    names = ", ".join(shown(name) for name in list(state)[:5])
    return f" at its top, but {names}" if names else ""


def _ordered_dict(arguments: tuple[object, ...]) -> object:
    if arguments:
        raise PickleError("fills an OrderedDict as torch.save does not")
    return {}


def _rebuild_parameter(arguments: tuple[object, ...]) -> object:
    if len(arguments) != 3 or not isinstance(arguments[0], _Tensor):
        raise PickleError("makes a parameter of something else than a tensor")
    return arguments[0]


def _rebuild_tensor(arguments: tuple[object, ...]) -> object:
    if not 6 <= len(arguments) <= 7:
        raise PickleError("makes a tensor of the wrong things")
    storage, offset, shape, strides = arguments[:4]
    if not isinstance(storage, _Storage) or type(offset) is not int or offset < 0:
        raise PickleError("makes a tensor of something else than a storage")
    if not _natural(shape) or not _natural(strides) or len(shape) != len(strides):
        raise PickleError("makes a tensor of impossible shape")
    return _Tensor(storage, offset, shape, strides)


def _natural(numbers: object) -> TypeGuard[tuple[int, ...]]:
    return isinstance(numbers, tuple) and all(type(n) is int and n >= 0 for n in numbers)


def _storage(identity: Any) -> _Storage:
    if type(identity) is not tuple or len(identity) != 5 or identity[0] != "storage":
        raise PickleError("refers to something else than a storage")
    _, kind, key, _, length = identity
    if not isinstance(kind, Global) or not kind.name.startswith("torch.") or kind.call is not None:
        raise PickleError("refers to a storage of no type")
    if type(key) is not str or type(length) is not int or length < 0:
        raise PickleError("refers to a storage without a name or a length")
    return _Storage(kind.name.removeprefix("torch."), key, length)


def _map(
    path: Path, mapped: mmap.mmap, entries: dict[str, Entry], name: str, tensor: _Tensor
) -> StoredTensor:
    storage = tensor.storage
    dtype = _FLOATS[storage.kind]
    size = NUMPY_TYPES[dtype].itemsize
    entry = entries.get(f"data/{storage.key}")
    if entry is None or storage.length * size > entry.size:
        raise damaged(path, f"the weights of {shown(name)} are missing or cut off")
    count = n_weights(tensor.shape)
    if count is None or count > storage.length:
        raise damaged(path, f"{shown(name)} claims more weights than its storage has")
    if count == 0:
        return map_tensor(mapped, name, dtype, tensor.shape, 0)
    steps = zip(tensor.shape, tensor.strides, strict=True)
    strides = [stride if extent > 1 else 0 for extent, stride in steps]
    last = sum((n - 1) * step for n, step in zip(tensor.shape, strides, strict=True))
    if tensor.offset + last >= storage.length:
        raise damaged(path, f"{shown(name)} reaches beyond its storage")
    offset = entry.offset + tensor.offset * size
    return map_tensor(
        mapped, name, dtype, tensor.shape, offset, tuple(step * size for step in strides)
    )
