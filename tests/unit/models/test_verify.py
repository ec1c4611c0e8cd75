"""Verification of files and folders: who is asked, what each verdict is, what is remembered."""

from __future__ import annotations

import json
import os
from hashlib import sha1
from pathlib import Path
from struct import pack

import pytest

from llamachat.bundled import BOB
from llamachat.errors import LlamaChatError, ModelError
from llamachat.models.expected import OWN, Expectations
from llamachat.models.manifest import find, quick_check, record
from llamachat.models.verify import verify_file, verify_folder
from llamachat.models.whole import fault_of
from tests.shared import SHARED, needs_shared
from tests.unit.models.files import SMALL, md5_of, sha, sums, write

WEIGHTS = b"weights" * 1000


def safetensors(end: int = 8, header: bytes | None = None) -> bytes:
    entry = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, end]}, "__metadata__": {}}
    text = json.dumps(entry).encode() if header is None else header
    return pack("<Q", len(text)) + text + bytes(8)


def meta_folder(folder: Path) -> Path:
    """A model as Meta ships it: its weights in a folder below that of the tokenizer."""
    write(folder / "tokenizer.model", b"pieces")
    sums(folder, "tokenizer_checklist.chk", tokenizer_model=md5_of(b"pieces"))
    write(folder / "7B" / "consolidated.00.pth", WEIGHTS)
    text = f"{md5_of(WEIGHTS)}  consolidated.00.pth\n{md5_of(b'{}')}  params.json\n"
    write(folder / "7B" / "checklist.chk", text.encode())
    write(folder / "7B" / "params.json", b"{}")
    return folder


def states(folder: Path) -> dict[str, str]:
    return {str(v.path.relative_to(folder)): v.state for v in verify_folder(folder)}


def test_meta_folder_is_right(tmp_path: Path) -> None:
    folder = meta_folder(tmp_path)
    verdicts = {verdict.path.name: verdict for verdict in verify_folder(folder)}
    assert {name: (v.state, v.said_by) for name, v in verdicts.items()} == {
        "tokenizer.model": ("right", ("tokenizer_checklist.chk",)),
        "consolidated.00.pth": ("right", ("checklist.chk",)),
        "params.json": ("right", ("checklist.chk",)),
    }
    assert verdicts["params.json"].digest == md5_of(b"{}")


def test_meta_folder_with_faults_names_them(tmp_path: Path) -> None:
    folder = meta_folder(tmp_path)
    (folder / "tokenizer.model").unlink()
    write(folder / "7B" / "consolidated.00.pth", WEIGHTS[:-1] + b"?")
    found = {verdict.path.name: verdict for verdict in verify_folder(folder)}
    assert found["tokenizer.model"].state == "missing"
    wrong = found["consolidated.00.pth"]
    assert (wrong.state, wrong.is_bad) == ("wrong", True)
    assert wrong.mismatch is not None
    assert wrong.mismatch.expected == md5_of(WEIGHTS)
    assert wrong.mismatch.got == wrong.digest == md5_of(WEIGHTS[:-1] + b"?")
    assert found["params.json"].state == "right"


@needs_shared
def test_checklists_of_meta_hold_against_the_real_tokenizer(tmp_path: Path) -> None:
    for name in ("checklist.chk", "tokenizer_checklist.chk", "params.json"):
        (tmp_path / name).symlink_to(SHARED / "llama2-meta" / name)
    (tmp_path / "tokenizer.model").symlink_to(SHARED / "llama2-tokenizer" / "tokenizer.model")
    pointer = SHARED / "llama2-meta" / "consolidated.00.pth.lfs-pointer"
    (tmp_path / "consolidated.00.pth").symlink_to(pointer)
    assert states(tmp_path) == {
        "consolidated.00.pth": "wrong",
        "params.json": "right",
        "tokenizer.model": "right",
    }
    wrong = verify_file(tmp_path / "consolidated.00.pth")
    assert "stands for exactly this file of 13,476,925,163 bytes" in wrong.note


@pytest.mark.skipif(not BOB.is_file(), reason="Bob has not been built")
def test_bob_is_verified_wherever_he_is_installed(tmp_path: Path) -> None:
    verdict = verify_file(BOB)
    assert (verdict.state, verdict.said_by) == ("right", ("SHA256SUMS",)), "export writes the list"
    copy = write(tmp_path / BOB.name, BOB.read_bytes()[:-1] + b"?")
    write(tmp_path / "SHA256SUMS", BOB.with_name("SHA256SUMS").read_bytes())
    assert verify_file(copy).state == "wrong"


def test_sums_above_and_beside_the_file_are_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "sub" / "m.gguf")
    write(tmp_path / "SHA256SUMS", f"{sha()}  sub/m.gguf\n".encode())
    write(tmp_path / "sub" / "m.gguf.sha256", f"{sha()} *m.gguf\n".encode())
    assert verify_file(path).said_by == ("m.gguf.sha256", "SHA256SUMS")
    write(tmp_path / "SHA256SUMS", f"{'a' * 64}  sub/m.gguf\n".encode())
    assert verify_file(path).state == "wrong"


def test_metadata_of_a_download_into_a_folder_are_asked(tmp_path: Path) -> None:
    lfs, small = write(tmp_path / "sub" / "m.gguf"), write(tmp_path / "notes.bin", b"{}")
    kept = tmp_path / ".cache" / "huggingface" / "download"
    write(kept / "sub" / "m.gguf.metadata", f"{'c' * 40}\n{sha()}\n1712656091.1\n".encode())
    git = sha1(b"blob 2\0{}", usedforsecurity=False).hexdigest()
    write(kept / "notes.bin.metadata", f"{'c' * 40}\n{git}\n1712656091.1\n".encode())
    assert verify_file(lfs).said_by == verify_file(small).said_by == ("huggingface.co",)
    assert set(states(tmp_path).values()) == {"right"}
    small.write_bytes(b"{ }")
    assert verify_file(small).state == "wrong"
    write(kept / "notes.bin.metadata", b"\xff nonsense")
    assert verify_file(small).state == "unknown"


def test_blob_of_the_hub_cache_is_held_against_its_name(tmp_path: Path) -> None:
    blob = write(tmp_path / "models--a--b" / "blobs" / sha())
    link = tmp_path / "models--a--b" / "snapshots" / ("c" * 40) / "m.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    assert (verify_file(link).state, verify_file(link).said_by) == ("right", ("huggingface.co",))
    blob.write_bytes(SMALL[:-1])
    assert "is cut off" in verify_file(link).note


def test_library_remembers_what_was_verified_again(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf")
    record(path, sha256=sha(), source="hf:a/b/m.gguf", confirmed=["huggingface.co"])
    os.utime(path, ns=(1, 1))
    sums(tmp_path, "SHA256SUMS", m_gguf=sha())
    assert verify_file(path).said_by == (OWN, "huggingface.co", "SHA256SUMS")
    found = find(path)
    assert found is not None
    assert quick_check(found) is None
    assert found.confirmed == ("huggingface.co", "SHA256SUMS")


def test_library_names_the_way_to_get_a_changed_file_again(tmp_path: Path) -> None:
    path, own = write(tmp_path / "m.gguf"), write(tmp_path / "own.gguf")
    record(path, sha256=sha(), source="hf:a/b/m.gguf")
    record(own, sha256=sha())
    path.write_bytes(SMALL + b"x")
    own.write_bytes(SMALL + b"x")
    assert "llamachat models pull hf:a/b/m.gguf" in verify_file(path).remedy
    assert f"llamachat models import {own}" in verify_file(own).remedy
    path.unlink()
    assert verify_file(path).state == "missing"
    assert verify_file(own, Expectations(remembered=False)).state == "unknown"


FAULTS: dict[str, tuple[bytes, str]] = {
    "m.gguf": (SMALL[:-1], "cut off"),
    "answer.gguf": (b"Entry not found", "is a text file"),
    "page.gguf": (b"<html>", "web page"),
    "pointer.bin": (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer"),
    "empty.pth": (b"", "is empty"),
    "zip.pth": (b"PK\x03\x04" + bytes(90), "end of the archive is missing"),
    "short.safetensors": (safetensors(16), "is cut off: it has"),
    "long.safetensors": (safetensors(4), "is too long"),
    "tiny.safetensors": (b"\x00", "would be too long"),
    "huge.safetensors": (pack("<Q", 1 << 60), "would be too long"),
    "half.safetensors": (pack("<Q", 1 << 20) + b"{", "cut off inside its header"),
    "list.safetensors": (safetensors(header=b"[]"), "header is damaged"),
    "deep.safetensors": (safetensors(header=b"[" * 100_000), "header is damaged"),
    "text.safetensors": (safetensors(header=b'{"a": {"data_offsets": ["x", "y"]}}'), "is damaged"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_file_that_cannot_be_whole_is_wrong_though_nobody_says(tmp_path: Path, name: str) -> None:
    content, words = FAULTS[name]
    verdict = verify_file(write(tmp_path / name, content))
    assert verdict.state == "wrong"
    assert words in verdict.note
    assert verdict.remedy


def test_whole_files_that_nobody_knows_are_unknown(tmp_path: Path) -> None:
    for name, content in (("m.gguf", SMALL), ("m.safetensors", safetensors()), ("t.bin", b"x")):
        path = write(tmp_path / name, content)
        assert fault_of(path) == ""
        assert (verify_file(path).state, verify_file(path).digest) == ("unknown", sha(content))


def test_folder_without_weights_or_lists_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "readme.txt", b"hello")
    with pytest.raises(ModelError, match="neither weights nor a list"):
        list(verify_folder(tmp_path))
    with pytest.raises(ModelError, match="cannot be read"):
        list(verify_folder(tmp_path / "not there"))


def test_damaged_list_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf")
    write(tmp_path / "SHA256SUMS", b"\0\1\2")
    with pytest.raises(LlamaChatError, match="Line 1"):
        verify_file(path)


def test_progress_names_the_file(tmp_path: Path) -> None:
    path, seen = write(tmp_path / "m.gguf"), []
    verify_file(path, on_file=lambda file, done, total: seen.append((file, done, total)))
    assert seen == [(path, len(SMALL), len(SMALL))]
