"""The table of tensors: equal layers are one row, nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llamachat.gguf.header import TensorInfo
from llamachat.gguf.layers import tensor_rows
from llamachat.gguf.types import TENSOR_TYPE


def info(name: str, kind: str = "q4_0", row: int = 32) -> TensorInfo:
    return TensorInfo(name, (row, 2), TENSOR_TYPE[kind], 0)


def test_equal_layers_are_one_row() -> None:
    mixed = ["q6_K", "q6_K", "q4_K", "q6_K"]
    tensors = [info("token_embd.weight")]
    for layer, kind in enumerate(mixed):
        tensors += [info(f"blk.{layer}.attn_q.weight"), info(f"blk.{layer}.attn_v.weight", kind)]
    rows = [(row.name, row.type, row.count) for row in tensor_rows(tensors)]
    assert rows == [
        ("token_embd.weight", "q4_0", 1),
        ("blk.{0-3}.attn_q.weight", "q4_0", 4),
        ("blk.{0-1,3}.attn_v.weight", "q6_K", 3),
        ("blk.2.attn_v.weight", "q4_K", 1),
    ]


def test_shapes_part_rows() -> None:
    tensors = [info("blk.0.a.weight"), info("blk.1.a.weight", row=64)]
    assert [row.name for row in tensor_rows(tensors)] == ["blk.0.a.weight", "blk.1.a.weight"]


@given(st.lists(st.text(alphabet="ab.019-{}\n٣", max_size=12), unique=True, max_size=20))
def test_any_names_are_counted_once(names: list[str]) -> None:
    tensors = [info(name) for name in names]
    rows = tensor_rows(tensors)
    assert sum(row.count for row in rows) == len(names)
    assert sum(row.n_bytes for row in rows) == sum(tensor.n_bytes for tensor in tensors)
