"""Checksums of files and the lists of them: what is computed, what is read, what is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from llamachat.errors import DownloadError, ModelError
from llamachat.models.checksum import Sum, digest_file, md5_file, read_sums, sha256_file
from tests.shared import SHARED, needs_shared
from tests.unit.models.files import md5_of, sha, write

BIG = bytes(range(256)) * 4096 + b"and a rest"


@pytest.mark.parametrize("content", [b"", b"a", BIG], ids=len)
def test_checksums_are_those_of_the_bytes(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "file", content)
    assert sha256_file(path) == sha(content)
    assert md5_file(path) == md5_of(content)


def test_git_names_a_blob_the_same_way(tmp_path: Path) -> None:
    path = write(tmp_path / "file", b"hello\n")
    assert digest_file(path, "git-sha1").hex == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_progress_ends_with_the_size_and_may_end_the_work(tmp_path: Path) -> None:
    path, seen = write(tmp_path / "file", BIG), []
    digest_file(path, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(BIG), len(BIG))
    assert seen == sorted(seen)
    assert len(seen) > 3

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        digest_file(path, on_progress=stop)


def test_file_that_grows_meanwhile_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "file", BIG)

    def grow(done: int, total: int) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(DownloadError, match="was changed while it was read"):
        digest_file(path, on_progress=grow)


def test_missing_file_and_folder_are_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ModelError, match="cannot be read"):
            sha256_file(path)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_large_file_is_hashed_as_fast_as_sha256sum(tmp_path: Path) -> None:
    path = write(tmp_path / "file", os.urandom(1 << 20) * 64)
    ratios = []
    for _ in range(3):
        began = time.perf_counter()
        theirs = subprocess.run(["sha256sum", path], capture_output=True, check=True).stdout
        middle = time.perf_counter()
        assert sha256_file(path, lambda done, total: None) == theirs[:64].decode()
        ratios.append((middle - began) / (time.perf_counter() - middle))
    assert max(ratios) >= 0.9


def test_lists_of_gnu_and_bsd_are_read(tmp_path: Path) -> None:
    one, two = "a" * 64, "B" * 32
    path = write(
        tmp_path / "SHA256SUMS",
        f"# comment\r\n{one}  a b.gguf\r\n{two} *sub/c.bin\n\nSHA256 (d.gguf) = {one}\n"
        f"\\{one}  new\\nline\\\\\n".encode(),
    )
    assert read_sums(path) == (
        Sum("a b.gguf", one),
        Sum("sub/c.bin", two.lower()),
        Sum("d.gguf", one),
        Sum("new\nline\\", one),
    )
    assert [line.algorithm for line in read_sums(path)] == ["sha256", "md5", "sha256", "sha256"]


@needs_shared
def test_lists_of_meta_are_read() -> None:
    meta = SHARED / "llama2-meta"
    weights, params = read_sums(meta / "checklist.chk")
    assert (weights.name, weights.algorithm) == ("consolidated.00.pth", "md5")
    assert md5_file(meta / "params.json") == params.digest
    (tokenizer,) = read_sums(meta / "tokenizer_checklist.chk")
    assert md5_file(SHARED / "llama2-tokenizer" / "tokenizer.model") == tokenizer.digest


BAD = {
    "": "lists no file",
    "# nothing\n": "lists no file",
    "hello world\n": "Line 1 of .* is not a checksum",
    "ok\n".rjust(5 << 20): "too long",
    f"{'a' * 64}  good\n{'b' * 63}  bad\n": "Line 2 .* 63 digits",
    f"{'a' * 40}  git\n": "40 digits",
    f"{'a' * 64}  /etc/passwd\n": "outside its folder",
    f"{'a' * 64}  a/../../b\n": "outside its folder",
    f"{'a' * 64}  \x00\n": "outside its folder",
    "\udcff\udcfe": "is not a checksum",
}


@pytest.mark.parametrize("number", range(len(BAD)))
def test_bad_lists_are_refused_in_words(tmp_path: Path, number: int) -> None:
    text, words = list(BAD.items())[number]
    path = write(tmp_path / "SHA256SUMS", text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=words) as caught:
        read_sums(path)
    assert caught.value.hint
