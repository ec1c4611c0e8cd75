"""Checkpoints of llama2.c: told apart by size where they have no mark, and never read beyond it."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.build.llama2c_file import Llama2cFile, is_llama2c
from llamachat.errors import ModelError
from tests.examples import examples
from tests.unit.build.hf_folders import CASES, Case
from tests.unit.build.meta_folders import meta_weights, write_llama2c

CASE = Case("small", {**CASES[2].config, "num_hidden_layers": 1})


@pytest.mark.parametrize("version", [0, 1])
def test_tensors_are_those_that_were_written(tmp_path: Path, version: int) -> None:
    weights = meta_weights(CASE)
    write_llama2c(tmp_path / "m.bin", weights, CASE, version)
    file = Llama2cFile(tmp_path / "m.bin")
    for name, expected in weights.items():
        stored = file.tensors[name]
        assert stored.shape == expected.shape
        assert np.array_equal(stored.rows(0, stored.n_rows).reshape(expected.shape), expected)
    assert (file.params.n_vocab, file.params.tied) == (300, True)
    file.close()


def test_a_byte_more_or_less_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "m.bin"
    write_llama2c(path, meta_weights(CASE), CASE, 0)
    whole = path.read_bytes()
    assert is_llama2c(whole[:64], len(whole))
    assert not is_llama2c(whole[:64], len(whole) - 1)
    assert not is_llama2c(whole[:20], len(whole))
    path.write_bytes(whole + b"\0")
    with pytest.raises(ModelError, match="bytes where"):
        Llama2cFile(path)
    path.write_bytes(whole[:20])
    with pytest.raises(ModelError, match="ends inside its header"):
        Llama2cFile(path)


@pytest.mark.parametrize(
    "numbers",
    [
        (0, 172, 5, 8, 4, 300, 512), (64, 172, 5, 0, 4, 300, 512), (64, 172, 5, 8, 0, 300, 512),
        (64, 172, 5, 8, 3, 300, 512), (63, 172, 5, 8, 4, 300, 512), (64, 172, -1, 8, 4, 300, 512),
        (64, 1 << 30, 5, 8, 4, 300, 512), (64, 172, 5, 8, 4, 300, 0), (64, 172, 5, 8, 4, 0, 512),
    ],
)  # fmt: skip
def test_numbers_of_no_model_are_refused(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    head = struct.pack("<7i", *numbers)
    assert not is_llama2c(head, 1 << 20)
    (tmp_path / "m.bin").write_bytes(b"24ka\1\0\0\0" + head + bytes(300))
    with pytest.raises(ModelError):
        Llama2cFile(tmp_path / "m.bin")


@settings(max_examples=examples(300))
@given(st.binary(min_size=28, max_size=300), st.integers(0, 1 << 62))
def test_any_head_is_a_checkpoint_or_not(head: bytes, size: int) -> None:
    assert is_llama2c(head, size) in (True, False)
