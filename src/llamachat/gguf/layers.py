"""The tensors of a model as tables a person can read: by equal layers, and by type.

blk.0.attn_q.weight … blk.31.attn_q.weight of one shape and type are blk.{0-31}.attn_q.weight.
Knows nothing of what a tensor is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from llamachat.gguf.header import TensorInfo
from llamachat.gguf.types import TensorType

_LAYER = re.compile(r"(.*?\.)(0|[1-9]\d{0,8})(\..*)", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class TensorRow:
    """Tensors that differ in their layer only."""

    name: str
    shape: tuple[int, ...]
    type: str
    count: int
    n_bytes: int
    """of all of them"""


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """All tensors of one type."""

    type: TensorType
    n_tensors: int
    n_bytes: int


def tensor_rows(tensors: Iterable[TensorInfo]) -> list[TensorRow]:
    """In the order of the file, each row where its first tensor is."""
    groups: dict[tuple[str, str, tuple[int, ...], str], list[tuple[int, TensorInfo]]] = {}
    for tensor in tensors:
        found = _LAYER.fullmatch(tensor.name)
        before, after = (found[1], found[3]) if found else (tensor.name, "")
        key = (before, after, tensor.shape, tensor.type.name)
        groups.setdefault(key, []).append((int(found[2]) if found else -1, tensor))
    rows = []
    for (before, after, shape, kind), members in groups.items():
        layers = sorted(layer for layer, _ in members)
        name = f"{before}{_span(layers)}{after}" if after else before
        n_bytes = sum(tensor.n_bytes for _, tensor in members)
        rows.append(TensorRow(name, shape, kind, len(members), n_bytes))
    return rows


def type_totals(tensors: Iterable[TensorInfo]) -> tuple[TypeTotal, ...]:
    """How the bytes divide among types, the largest share first."""
    totals: dict[TensorType, list[int]] = {}
    for tensor in tensors:
        totals.setdefault(tensor.type, []).append(tensor.n_bytes)
    rows = (TypeTotal(kind, len(sizes), sum(sizes)) for kind, sizes in totals.items())
    return tuple(sorted(rows, key=lambda row: -row.n_bytes))


def _span(layers: list[int]) -> str:
    """3, {0-31} or {0-3,6,9-11}"""
    if len(layers) == 1:
        return str(layers[0])
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][1] + 1:
            runs[-1][1] = layer
        else:
            runs.append([layer, layer])
    return "{" + ",".join(f"{a}-{b}" if b > a else str(a) for a, b in runs) + "}"
