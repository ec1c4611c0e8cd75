"""Safetensors: good files are mapped as they are, bad ones refused in words, whatever they hold."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.build.safetensors_file import MAX_HEADER, SafetensorsFile
from llamachat.build.tensor_file import find_tensor
from llamachat.errors import ModelError
from tests.examples import examples
from tests.unit.build.safetensors_writer import write_raw, write_safetensors

PLAIN = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.ones(4, np.float32)}


def entry(dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        SafetensorsFile(path)
    return str(caught.value)


@pytest.mark.parametrize("dtype", ["f32", "f16", "bf16"])
def test_rows_are_those_that_were_written(tmp_path: Path, dtype: str) -> None:
    kind = {"f32": np.float32, "f16": np.float16, "bf16": np.uint16}[dtype]
    weights = {"w": np.arange(12).reshape(4, 3).astype(kind), "v": np.arange(5).astype(kind)}
    write_safetensors(tmp_path / "m.safetensors", weights, dtype)
    file = SafetensorsFile(tmp_path / "m.safetensors")
    assert [(t.name, t.dtype, t.shape) for t in file.tensors.values()] == [
        ("v", dtype, (5,)),
        ("w", dtype, (4, 3)),
    ]
    assert np.array_equal(file.tensors["w"].rows(1, 3), weights["w"][1:3])
    assert np.array_equal(file.tensors["v"].rows(0, 1), weights["v"].reshape(1, -1))
    file.close()


def test_rows_beyond_the_tensor_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "m.safetensors", PLAIN, "f32")
    file = SafetensorsFile(tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match="has 2 rows"):
        file.tensors["b"].rows(1, 3)


def test_the_header_may_end_where_weights_begin_off_any_boundary(tmp_path: Path) -> None:
    header = json.dumps({"w": entry()}).encode()
    path = tmp_path / "m.safetensors"
    path.write_bytes(
        len(header).to_bytes(8, "little") + header + np.arange(1, 3, dtype=np.float32).tobytes()
    )
    assert len(header) % 4
    assert SafetensorsFile(path).tensors["w"].rows(0, 1).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("header", "data", "words"),
    [
        ({"w": entry(offsets=(0, 12))}, 12, "size of 'w' does not fit"),
        ({"w": entry(shape=[1 << 62, 4])}, 8, "size of 'w' does not fit"),
        ({"w": entry(shape=[1] * 9, offsets=(0, 4))}, 4, "size of 'w' does not fit"),
        ({"w": entry(offsets=(8, 0))}, 8, "size of 'w' does not fit"),
        ({"w": entry(offsets=(8, 16))}, 16, "'w' follows a gap"),
        ({"v": entry(), "w": entry(offsets=(4, 12))}, 16, "'w' overlaps"),
        ({"w": entry()}, 7, "cut off"),
        ({"w": entry()}, 9, "1 bytes after its last tensor"),
        ({"w": entry(offsets=(1 << 62, (1 << 62) + 8))}, 8, "cut off"),
        ({"w": entry(offsets=(0,))}, 8, "not in numbers"),
        ({"w": entry(offsets=(-8, 0))}, 8, "not in numbers"),
        ({"w": entry(shape=[2.0])}, 8, "not in numbers"),
        ({"w": entry(shape=[True, 2])}, 8, "not in numbers"),
        ({"w": entry(shape="2")}, 8, "not in numbers"),
        ({"w": entry("F33")}, 8, "'F33', a type that llamachat does not know"),
        ({"w": []}, 8, "nothing usable of 'w'"),
        (b'{"w": 1', 8, "not JSON"),
        (b'{"w": 1, "w": 2}', 8, "names 'w' twice"),
        (b'{"\\udc80": 1}', 8, "nothing usable of '\\udc80'"),
    ],
)
def test_a_bad_header_is_refused(tmp_path: Path, header: object, data: int, words: str) -> None:
    path = tmp_path / "m.safetensors"
    write_raw(path, header, bytes(data))
    assert words in refused(path)


def test_a_header_of_brackets_and_a_name_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    write_raw(path, b'{"w":' + b"[" * 100_000, b"")
    assert "not JSON" in refused(path)
    write_raw(path, {"w" * 2000: entry()}, bytes(8))
    assert "nothing usable of 'ww" in refused(path)


def test_what_is_no_safetensors_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(b"")
    assert "is empty" in refused(path)
    path.write_bytes(b"PK\3\4 and more of it")
    assert "is not a safetensors file" in refused(path)
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    assert "Git LFS pointer" in refused(path)
    path.write_bytes((MAX_HEADER + 1).to_bytes(8, "little") + b"{" + bytes(100))
    assert "header claims 16,777,217 bytes" in refused(path)
    path.write_bytes((1 << 63).to_bytes(8, "little") + b"{" + bytes(100))
    assert "header claims" in refused(path)
    path.write_bytes((1000).to_bytes(8, "little") + b"{" + bytes(100))
    assert "cut off" in refused(path)
    assert "is not a regular file" in refused(tmp_path)
    assert "There is no file" in refused(tmp_path / "n.safetensors")


def test_numbers_that_are_no_weights_are_kept_apart_and_named(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    write_raw(path, {"i": entry("I64", [1]), "d": entry("F64", [1], (8, 16))}, bytes(16))
    file = SafetensorsFile(path)
    assert (dict(file.tensors), dict(file.others)) == ({}, {"i": "int64", "d": "float64"})
    with pytest.raises(ModelError, match=r"i in .* is stored as int64"):
        find_tensor(file, "i")
    with pytest.raises(ModelError, match="has no tensor x"):
        find_tensor(file, "x")


def test_a_large_header_stays_within_memory(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    write_raw(path, b'{"w":[' + b"[]," * 300_000 + b"[]]}", b"")
    tracemalloc.start()
    refused(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * path.stat().st_size


@settings(max_examples=examples(150))
@given(data=st.data())
def test_changed_bytes_give_a_table_or_a_model_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.safetensors"
    write_safetensors(path, PLAIN, "f32")
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    try:
        file = SafetensorsFile(path)
    except ModelError:
        return
    for tensor in file.tensors.values():
        assert tensor.rows(0, tensor.n_rows).size == np.prod(tensor.shape)
