"""Reads a checkpoint of llama2.c: a header of numbers, then f32 weights one after the other.

The legacy format (28 bytes of header, seven numbers) has no mark, so it is known by its numbers:
with them the file must have exactly the size that it has. Version 1 has a mark and 256 bytes of
header; version 2 is quantized and refused. Knows nothing of llama.cpp's names; tensors have Meta's.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

from llamachat.build.hparams import LlamaParams, check
from llamachat.build.mapped_file import Contents, MappedFile, damaged, map_tensor
from llamachat.build.tensor_file import StoredTensor
from llamachat.errors import ModelError

_MAGIC = b"24ka"
_HEADER = struct.Struct("<7i")
_V1_HEADER = struct.Struct("<4si7iB")
_V1_DATA = 256
_NORM_EPS = 1e-5
"""a constant of llama2.c"""
_LAYER_SIZES = ("attention.wq", "attention.wk", "attention.wv", "attention.wo")
_FEED_FORWARD = ("feed_forward.w1", "feed_forward.w2", "feed_forward.w3")

Place = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which tensors lie in the file, in which order, and where they begin."""

    params: LlamaParams
    start: int
    places: tuple[Place, ...]

    @property
    def size(self) -> int:
        return self.start + 4 * sum(prod(shape) for _, shape in self.places)


class Llama2cFile(MappedFile):
    """An opened checkpoint of llama2.c."""

    params: LlamaParams

    def _contents(self) -> Contents:
        layout = _layout(self.path, self._mapped)
        self.params = layout.params
        return _map(self._mapped, layout), {}


def is_llama2c(head: bytes, size: int) -> bool:
    """Whether a file that begins so, and has that size, is a checkpoint of llama2.c."""
    if head[:4] == _MAGIC:
        return True
    if len(head) < _HEADER.size:
        return False
    try:
        return _legacy(Path(), head).size == size
    except ModelError:
        return False


def _layout(path: Path, mapped: mmap.mmap) -> _Layout:
    head = mapped[:_V1_DATA]
    layout = _version_1(path, head) if head[:4] == _MAGIC else _legacy(path, head)
    if layout.size != len(mapped):
        raise damaged(path, f"it has {len(mapped):,} bytes where {layout.size:,} are due")
    return layout


def _legacy(path: Path, head: bytes) -> _Layout:
    if len(head) < _HEADER.size:
        raise damaged(path, "it ends inside its header")
    numbers = _HEADER.unpack_from(head)
    params = _params(path, (*numbers[:5], abs(numbers[5]), numbers[6]), shared=numbers[5] > 0)
    return _Layout(params, _HEADER.size, tuple(_legacy_places(params)))


def _version_1(path: Path, head: bytes) -> _Layout:
    if len(head) < _V1_DATA:
        raise damaged(path, "it ends inside its header")
    _, version, *numbers, shared = _V1_HEADER.unpack_from(head)
    if version != 1:
        kind = "quantized (version 2)" if version == 2 else f"of version {version}"
        raise ModelError(
            f"{path} is a llama2.c checkpoint that is {kind}.",
            "Give the one of floats: legacy or version 1.",
        )
    params = _params(path, tuple(numbers), shared=bool(shared))
    return _Layout(params, _V1_DATA, tuple(_version_1_places(params)))


def _params(path: Path, numbers: tuple[int, ...], *, shared: bool) -> LlamaParams:
    n_embd, n_ff, n_layer, n_head, n_head_kv, n_vocab, n_ctx = numbers
    if n_head < 1 or n_embd % n_head or n_ctx < 1:
        raise ModelError(f"{path} is no llama2.c checkpoint: its header makes no sense.")
    head_dim = n_embd // n_head
    params = LlamaParams(
        n_vocab, n_ctx, n_embd, n_layer, n_head, n_head_kv, n_ff, head_dim, _NORM_EPS, tied=shared
    )
    check(params, str(path))
    return params


def _legacy_places(params: LlamaParams) -> Iterator[Place]:
    yield "tok_embeddings.weight", (params.n_vocab, params.n_embd)
    yield from _each_layer(params, "attention_norm")
    for name in _LAYER_SIZES:
        yield from _each_layer(params, name)
    yield from _each_layer(params, "ffn_norm")
    for name in _FEED_FORWARD:
        yield from _each_layer(params, name)
    yield "norm.weight", (params.n_embd,)
    yield "rope.freqs_cos", (params.n_ctx, params.head_dim // 2)
    yield "rope.freqs_sin", (params.n_ctx, params.head_dim // 2)
    if not params.tied:
        yield "output.weight", (params.n_vocab, params.n_embd)


def _version_1_places(params: LlamaParams) -> Iterator[Place]:
    yield from _each_layer(params, "attention_norm")
    yield from _each_layer(params, "ffn_norm")
    yield "norm.weight", (params.n_embd,)
    yield "tok_embeddings.weight", (params.n_vocab, params.n_embd)
    for name in (*_LAYER_SIZES, *_FEED_FORWARD):
        yield from _each_layer(params, name)
    if not params.tied:
        yield "output.weight", (params.n_vocab, params.n_embd)


def _each_layer(params: LlamaParams, name: str) -> Iterator[Place]:
    n_embd, n_kv, n_ff = params.n_embd, params.n_embd_kv, params.n_ff
    shape: tuple[int, ...] = {
        "attention.wq": (n_embd, n_embd),
        "attention.wk": (n_kv, n_embd),
        "attention.wv": (n_kv, n_embd),
        "attention.wo": (n_embd, n_embd),
        "feed_forward.w1": (n_ff, n_embd),
        "feed_forward.w2": (n_embd, n_ff),
        "feed_forward.w3": (n_ff, n_embd),
    }.get(name, (n_embd,))
    for layer in range(params.n_layer):
        yield f"layers.{layer}.{name}.weight", shape


def _map(mapped: mmap.mmap, layout: _Layout) -> dict[str, StoredTensor]:
    tensors = {}
    offset = layout.start
    for name, shape in layout.places:
        tensors[name] = map_tensor(mapped, name, "f32", shape, offset)
        offset += 4 * prod(shape)
    return tensors
