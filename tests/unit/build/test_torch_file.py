"""PyTorch checkpoints: tensors are mapped as views say, and nothing in a file is ever run."""

import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.build.torch_file import TorchFile
from llamachat.errors import ModelError
from tests.examples import examples
from tests.unit.build.torch_writer import (
    PROTOCOL,
    STOP,
    Saved,
    name,
    number,
    numbers,
    state_dict,
    storage,
    tensor,
    word,
    write_archive,
    write_torch,
)

MATRIX = np.arange(12, dtype=np.float32).reshape(3, 4)


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        TorchFile(path)
    return str(caught.value)


def refused_program(folder: Path, program: bytes) -> str:
    path = folder / "bad.pth"
    write_archive(path, program, {"0": MATRIX.tobytes()})
    return refused(path)


def refused_tensor(folder: Path, saved: Saved) -> str:
    return refused_program(folder, state_dict({"w": saved}))


def test_tensors_are_those_that_were_saved_in_the_order_of_the_file(tmp_path: Path) -> None:
    half = np.arange(5).astype(np.float16)
    tensors = {
        "z": Saved(MATRIX),
        "a": Saved(half, "HalfStorage"),
        "b": Saved(np.arange(3).astype(np.uint16), "BFloat16Storage"),
        "i": Saved(np.arange(3), "LongStorage"),
    }
    write_torch(tmp_path / "m.pth", tensors)
    file = TorchFile(tmp_path / "m.pth")
    assert [(t.name, t.dtype, t.shape) for t in file.tensors.values()] == [
        ("z", "f32", (3, 4)),
        ("a", "f16", (5,)),
        ("b", "bf16", (3,)),
    ]
    assert np.array_equal(file.tensors["z"].rows(1, 3), MATRIX[1:3])
    assert np.array_equal(file.tensors["a"].rows(0, 1)[0], half)
    assert dict(file.others) == {"i": "int64"}
    file.close()


def test_views_of_one_storage_read_their_own_part_of_it(tmp_path: Path) -> None:
    views = {
        "whole": Saved(MATRIX, key="0"),
        "transposed": Saved(MATRIX, key="0", shape=(4, 3), strides=(1, 4)),
        "corner": Saved(MATRIX, key="0", shape=(2, 2), strides=(4, 1), offset=5),
        "column": Saved(MATRIX, key="0", shape=(3, 1), strides=(4, 1 << 70), offset=2),
        "empty": Saved(MATRIX, key="0", shape=(0, 4), strides=(4, 1), offset=1 << 70),
    }
    write_torch(tmp_path / "m.pth", views)
    tensors = TorchFile(tmp_path / "m.pth").tensors
    assert np.array_equal(tensors["transposed"].rows(0, 4), MATRIX.T)
    assert np.array_equal(tensors["corner"].rows(0, 2), MATRIX[1:3, 1:3])
    assert np.array_equal(tensors["column"].rows(0, 3), MATRIX[:, 2:3])
    assert tensors["empty"].rows(0, 0).shape == (0, 4)


def test_parameters_are_their_tensors(tmp_path: Path) -> None:
    parameter = name("torch._utils", "_rebuild_parameter") + b"("
    parameter += tensor(Saved(MATRIX), "0") + b"\x88" + name("collections", "OrderedDict") + b")RtR"
    program = PROTOCOL + b"}" + word("w") + parameter + b"s" + STOP
    write_archive(tmp_path / "m.bin", program, {"0": MATRIX.tobytes()})
    assert np.array_equal(TorchFile(tmp_path / "m.bin").tensors["w"].rows(0, 3), MATRIX)


class Evil:
    """Makes a file when Python's own unpickler builds it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.path}",)


def test_a_program_that_calls_the_shell_is_named_and_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    program = pickle.dumps({"w": Evil(trap)}, protocol=2)
    words = refused_program(tmp_path, program)
    assert "its pickle names 'posix.system'" in words
    assert not trap.exists()
    pickle.loads(program)
    assert trap.exists(), "the program does what it should not, so the test means something"


@pytest.mark.parametrize(
    ("module", "attribute"),
    [
        ("builtins", "eval"),
        ("torch.storage", "_load_from_bytes"),
        ("torch._utils", "_rebuild_tensor_v3"),
        ("torch._utils", "_rebuild_sparse_tensor"),
        ("transformers.training_args", "TrainingArguments"),
        ("numpy.core.multiarray", "_reconstruct"),
    ],
)
def test_any_other_name_is_refused_and_told(tmp_path: Path, module: str, attribute: str) -> None:
    program = PROTOCOL + b"}" + word("w") + name(module, attribute) + b")Rs" + STOP
    assert f"names '{module}.{attribute}'" in refused_program(tmp_path, program)


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (Saved(MATRIX, offset=1), "'w' reaches beyond its storage"),
        (Saved(MATRIX, strides=(5, 1)), "'w' reaches beyond its storage"),
        (Saved(MATRIX, strides=(1 << 70, 1)), "'w' reaches beyond its storage"),
        (Saved(MATRIX, strides=(-4, 1)), "of impossible shape"),
        (Saved(MATRIX, offset=-1), "something else than a storage"),
        (Saved(MATRIX, shape=(4, 4), strides=(0, 1)), "claims more weights"),
        (Saved(MATRIX, shape=(1 << 40, 1 << 40), strides=(0, 0)), "claims more weights"),
        (Saved(MATRIX, shape=(1,) * 9, strides=(1,) * 9), "claims more weights"),
        (Saved(MATRIX, shape=(3, 4), strides=(4,)), "of impossible shape"),
        (Saved(MATRIX, length=13), "missing or cut off"),
        (Saved(MATRIX, length=1 << 60), "missing or cut off"),
        (Saved(MATRIX, key="7"), "missing or cut off"),
        (Saved(MATRIX, key="../byteorder"), "missing or cut off"),
    ],
)
def test_a_tensor_that_is_not_in_the_file_is_refused(
    tmp_path: Path, saved: Saved, words: str
) -> None:
    assert words in refused_tensor(tmp_path, saved)


def test_nonsense_about_tensors_is_refused(tmp_path: Path) -> None:
    rebuild = name("torch._utils", "_rebuild_tensor_v2")
    for identity in (
        number(1),
        b"(" + word("storage") + b"t",
        storage("FloatStorage", "0", 4)[:-1],
    ):
        program = PROTOCOL + b"}" + word("w") + identity + b"Qs" + STOP
        words = refused_program(tmp_path, program)
        assert "refers to something else" in words or "holds no weights" in words
    plain = number(0) + numbers((1,)) + numbers((1,)) + b"\x89"
    program = PROTOCOL + rebuild + b"(" + word("w") + plain + b"}tR" + STOP
    assert "something else than a storage" in refused_program(tmp_path, program)
    assert "the wrong things" in refused_program(tmp_path, PROTOCOL + rebuild + b")R" + STOP)
    parameter = name("torch._utils", "_rebuild_parameter") + b"K\1\x89}\x87R"
    assert "makes a parameter" in refused_program(tmp_path, PROTOCOL + parameter + STOP)


def test_what_holds_no_weights_on_top_says_what_it_holds(tmp_path: Path) -> None:
    nested = PROTOCOL + b"}" + word("model") + state_dict({"w": Saved(MATRIX)})[2:-1] + b"s" + STOP
    assert "holds no weights at its top, but 'model'" in refused_program(tmp_path, nested)
    assert "holds no table of weights" in refused_program(tmp_path, PROTOCOL + b"K\1" + STOP)


def test_other_formats_are_named(tmp_path: Path) -> None:
    path = tmp_path / "m.pth"
    path.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + b"\x80\x02M\xe9\x03.")
    assert "wrote before 1.6" in refused(path)
    path.write_bytes(pickle.dumps({}, protocol=2))
    assert "is a Python pickle" in refused(path)
    path.write_bytes(b"GGUF" + bytes(40))
    assert "is not a PyTorch checkpoint" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    assert "not one that PyTorch made" in refused(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/data.pkl", bytes(1000))
    assert "is packed" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", b"")
        archive.writestr("m/byteorder", b"big")
    assert "big-endian" in refused(path)


def test_archives_that_are_cut_or_lie_about_places_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.pth"
    write_torch(path, {"w": Saved(MATRIX)})
    whole = path.read_bytes()
    for size in range(5, len(whole), 97):
        path.write_bytes(whole[:size])
        assert "damaged" in refused(path)
    at = whole.rindex(b"PK\1\2")
    moved = whole[: at + 42] + struct.pack("<I", 77) + whole[at + 46 :]
    path.write_bytes(moved)
    assert "is not where it should be" in refused(path)
    long = whole[: at + 20] + struct.pack("<II", 1 << 30, 1 << 30) + whole[at + 28 :]
    path.write_bytes(long)
    assert "reaches beyond its end" in refused(path)


def test_a_table_of_contents_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m.pth"
    size = 8 << 20
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, size, 4, 0)
    path.write_bytes(b"PK\3\4" + bytes(size) + end)
    assert "table of contents" in refused(path)


@settings(max_examples=examples(200))
@given(data=st.data())
def test_changed_bytes_give_tensors_or_a_model_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.pth"
    write_torch(path, {"w": Saved(MATRIX), "v": Saved(MATRIX[0])})
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    try:
        file = TorchFile(path)
    except ModelError:
        return
    for stored in file.tensors.values():
        assert stored.rows(0, stored.n_rows).size == np.prod(stored.shape)
