"""A wrong checksum in words: what the file is instead, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.errors import ExitCode
from llamachat.models.checksum import Digest, digest_file
from llamachat.models.known import known_by_digest
from llamachat.models.mismatch import Mismatch, explain
from tests.unit.models.files import SMALL, md5_of, sha, write

Q4_0 = "9958ee9b670594147b750bbc7d0540b928fa12dcc5dd4c58cc56ed2eb85e371b"
META_7B_MD5 = "daa8e3109935070df7fe8fc42d34525e"
META_7B = "d67a91807d5879d193a694da57f28ff85092e92dc9fbef4888bd05e22b15ab75"
OLD = "666a4bb533b303bdaf89e1b6a3b6f93535d868de31d903afdc20983dc526c847"


def pointer(oid: str) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 13476\n".encode()


CASES: dict[str, tuple[str, bytes, str, int, str, str]] = {
    "empty": ("m.gguf", b"", "a" * 64, 0, "is empty", "Download it again"),
    "its pointer": ("m.gguf", pointer("a" * 64), "a" * 64, 0, "exactly this file of 13,476 bytes",
                    "git lfs pull"),
    "its pointer by md5": ("c.pth", pointer(META_7B), META_7B_MD5, 0, "exactly this", "git lfs"),
    "another pointer": ("m.gguf", pointer("b" * 64), "a" * 64, 0, "for another file of", "git lfs"),
    "pointer by md5": ("m.pth", pointer("b" * 64), "a" * 32, 0, "stands for a file of", "git lfs"),
    "web page": ("m.gguf", b"\n<!DOCTYPE html><title>Sign in", "a" * 64, 0, "web page", "browser"),
    "xml": ("m.gguf", b"<?xml version='1.0'?><Error>AccessDenied", "a" * 64, 99, "web page", "log"),
    "answer": ("m.gguf", b"Entry not found", "a" * 64, 0, "begins with 'Entry not found'", "again"),
    "cut off": ("m.gguf", SMALL[:200], "a" * 64, 400, "cut off: it has 200 of 400 bytes (50.0 %)",
                "Download it again"),
    "cut off known": ("m.gguf", b"\0\1" * 50, Q4_0, 0, "100 of 3,825,807,040 bytes", "again"),
    "cut off by its header": ("m.gguf", SMALL[:-9], "a" * 64, 0, "cut off: it has", "again"),
    "too long": ("m.gguf", SMALL + b"x", "a" * 64, len(SMALL), "is too long", "again"),
    "zeros": ("m.bin", b"\1" + bytes(70_000), "a" * 64, 70_001, "ends in zeros", "again"),
    "damaged": ("m.bin", b"\1\2" * 9, "a" * 64, 18, "right size, 18 bytes, but other", "again"),
    "unlike": ("m.bin", b"\1\2" * 9, "a" * 64, 0, "it is damaged, or another version", "again"),
    "changed config": ("params.json", b'{"dim": 1}', "a" * 64, 0, "other bytes", "again"),
}  # fmt: skip


def explained(path: Path, content: bytes, expected: str, size: int) -> Mismatch:
    write(path, content)
    got = digest_file(path, "md5" if len(expected) == 32 else "sha256")
    return explain(path, expected, got, size=size or None)


@pytest.mark.parametrize("case", CASES)
def test_mismatch_says_what_the_file_is(tmp_path: Path, case: str) -> None:
    name, content, expected, size, words, way = CASES[case]
    found = explained(tmp_path / name, content, expected, size)
    assert words in found.cause
    assert way in found.remedy
    error = found.error()
    assert error.exit_code is ExitCode.DOWNLOAD
    assert error.message.startswith(f"{tmp_path / name} ")
    assert expected in error.message
    assert (md5_of(content) if len(expected) == 32 else sha(content)) in error.message
    assert "\n" not in error.message


def test_another_known_file_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "llama.gguf")
    other = known_by_digest(Q4_0)
    assert other is not None
    found = explain(path, "a" * 64, Digest(Q4_0, other.size, 0))
    assert "llama-2-7b-chat.Q4_0.gguf of TheBloke/Llama-2-7B-Chat-GGUF" in found.cause
    assert "Rename it" in found.remedy
    old = explain(path, "a" * 64, Digest(OLD, 10, 0))
    assert "ggml-model-f16.bin of LLaMA 7B" in old.cause
    assert "no longer reads" in old.cause


def test_way_to_get_it_again_is_the_one_that_is_known(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf")
    found = explain(path, "a" * 64, digest_file(path), again="llamachat models pull hf:a/b")
    assert found.remedy == "llamachat models pull hf:a/b"
