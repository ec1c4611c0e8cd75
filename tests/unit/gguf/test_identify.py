"""A file that is no GGUF is named, with one way forward; a folder and a missing file too."""

import os
import pickle
import zipfile
from pathlib import Path
from struct import pack

import pytest

from llamachat.errors import ExitCode, ModelError
from llamachat.gguf.identify import open_gguf
from llamachat.gguf.reader import read_header
from tests.shared import SHARED, needs_shared
from tests.unit.gguf import craft

LFS = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 3825807040\n"
)
SAFETENSORS = pack("<Q", 60) + b'{"__metadata__":{"format":"pt"}}'.ljust(60) + bytes(64)

FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "is empty", "Download"),
    "lfs pointer": (LFS, "only stands for a file of 3,825,807,040 bytes", "git lfs pull"),
    "lfs without a size": (LFS[:60], "Git LFS pointer", "git lfs pull"),
    "web page": (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "web page", "address"),
    "error text": (b"Entry not found", "text file; it begins with 'Entry not found'", ".gguf"),
    "json": (b'{"dim": 4096}', "text file", ".gguf"),
    "text with escapes": ("Ünï \u202e".encode() + b"\xc2\x9b2J", "text file", ".gguf"),
    "ggml": (b"lmgg" + pack("<I", 32000), "old ggml format", "convert_llama_ggml_to_gguf.py"),
    "ggmf v1": (b"fmgg" + pack("<I", 1), "old ggmf v1 format", "Get a GGUF"),
    "ggjt v1": (b"tjgg" + pack("<I", 1), "old ggjt v1 format", "Get a GGUF"),
    "ggjt v3": (b"tjgg" + pack("<I", 3), "ggjt v3 format, made for llama.cpp before Aug", "Get a"),
    "ggjt cut off": (b"tjgg", "old ggjt format", "Get a GGUF"),
    "old adapter": (b"algg" + pack("<I", 1), "LoRA adapter in the old ggla", "GGUF adapter"),
    "kv state": (b"qsgg" + bytes(90), "saved KV state", ".gguf"),
    "pickle": (pickle.dumps({"a": b"x" * 20}, 2), "Python pickle", "llamachat build "),
    "safetensors": (SAFETENSORS, "safetensors", "llamachat build "),
    "llama2.c": (b"24ka" + bytes(252), "checkpoint of llama2.c", "llamachat build "),
    "gzip": (b"\x1f\x8b\x08" + bytes(90), "gzip archive", "Unpack"),
    "tar": (b"model.gguf".ljust(257, b"\0") + b"ustar\0", "tar archive", "Unpack"),
    "tokenizer": (b"\n\x0e\n\x05<unk>" + bytes(9), "SentencePiece tokenizer", ".gguf"),
    "llamafile": (b"MZqFpD='" + bytes(99) + b"model.gguf", "llamafile", "models import"),
    "program": (b"\x7fELF" + bytes(99), "a program, not a model", ".gguf"),
    "zeros": (bytes(5000), "nothing but zeros", "again"),
    "anything": (b"\x00\x9f\x01\x02" * 9, "begins with the bytes 00 9f 01 02", ".gguf"),
    "gguf magic only": (b"GGUF", "cut off: it has 4 bytes", "again"),
    "gguf v1": (b"GGUF" + pack("<I", 1) + bytes(16), "version 1, which", "newer file"),
    "gguf v4": (b"GGUF" + pack("<I", 4) + bytes(16), "of version 4; version 3", "Update"),
    "gguf v0": (b"GGUF" + bytes(20), "its version number is 0", "checksum"),
    "gguf v in the clouds": (b"GGUF" + b"\xff" * 20, "version number is 4294967295", "checksum"),
    "big-endian gguf": (b"GGUF" + pack(">IQQ", 3, 1, 1), "big-endian", "little-endian"),
    "gguf without its tensors": (craft.small()[:300], "cut off", "again"),
}  # fmt: skip


def refusal(path: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read_header(path)
    error = caught.value
    assert error.exit_code is ExitCode.MODEL
    assert error.message.endswith(".")
    assert "\n" not in error.message
    assert error.message.isprintable()
    return error


@pytest.mark.parametrize("kind", FOREIGN)
def test_other_files_are_named(kind: str, tmp_path: Path) -> None:
    content, words, way = FOREIGN[kind]
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    error = refusal(path)
    assert words in error.message
    assert str(path) in error.message
    assert way in error.hint


def test_pytorch_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "consolidated.00.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("consolidated/data.pkl", b"x" * 9000)
    assert "PyTorch checkpoint" in refusal(path).message


def test_zip_with_a_gguf_says_how_to_take_it_out(tmp_path: Path) -> None:
    path = tmp_path / "my models.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("7b.gguf", craft.small())
    error = refusal(path)
    assert "a ZIP with a GGUF inside" in error.message
    assert error.hint == f"Take it out: llamachat models import '{path}'"


def test_other_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", b"hello")
    assert "ZIP archive without a GGUF" in refusal(path).message


def test_missing_file_names_a_model_beside_it(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.gguf").hint == "Give the path of a .gguf file."
    (tmp_path / "b.gguf").touch()
    error = refusal(tmp_path / "a.gguf")
    assert "There is no file" in error.message
    assert "b.gguf" in error.hint
    assert "There is no file" in refusal(tmp_path / "no folder" / "a.gguf").message


def test_broken_link_names_its_target(tmp_path: Path) -> None:
    link = tmp_path / "a.gguf"
    link.symlink_to(tmp_path / "blob")
    assert f"link to {tmp_path / 'blob'}" in refusal(link).message


@pytest.mark.parametrize(
    ("inside", "way"),
    [
        ("7b.gguf", "-m "),
        ("config.json", "llamachat build "),
        ("notes.txt", ".gguf file"),
        ("adapter_config.json", "llamachat build MODEL --type q4_0 --adapter "),
    ],
)
def test_folder_is_no_file_and_its_content_decides_the_hint(
    inside: str, way: str, tmp_path: Path
) -> None:
    (tmp_path / inside).touch()
    error = refusal(tmp_path)
    assert "is a folder" in error.message
    assert way in error.hint


def test_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refusal(tmp_path / "pipe").message
    assert "not a regular file" in refusal(Path("/dev/zero")).message


def test_name_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "not a file name" in refusal(tmp_path / "a\0b").message
    assert "can not be read" in refusal(tmp_path / ("n" * 300)).message


def test_unreadable_file_says_how_to_open_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "my model.gguf"
    path.write_bytes(craft.small())

    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)  # root may read everything
    error = refusal(path)
    assert "Permission denied" in error.message
    assert error.hint == f"chmod +r '{path}'"


def test_good_file_is_opened_at_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(craft.small())
    file, size = open_gguf(path)
    with file:
        assert (file.tell(), size) == (0, len(craft.small()))


@needs_shared
@pytest.mark.parametrize("name", ["consolidated.00.pth", "tokenizer.model"])
def test_real_lfs_pointers_are_named(name: str) -> None:
    error = refusal(SHARED / "llama2-meta" / f"{name}.lfs-pointer")
    assert "Git LFS pointer" in error.message
    assert "bytes" in error.message


@needs_shared
def test_real_tokenizer_is_named() -> None:
    path = SHARED / "llama2-tokenizer" / "tokenizer.model"
    assert "SentencePiece tokenizer" in refusal(path).message
