"""Inputs are hashed while they are read: once, never ahead, and whoever changes them is noticed."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from llamachat.build.input_hashes import InputHashes
from llamachat.errors import LlamaChatError, ModelError
from llamachat.models import checksum
from llamachat.models.manifest import record


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """1 MB and 3 MB."""
    paths = [tmp_path / "a", tmp_path / "b"]
    for path, megabytes in zip(paths, (1, 3), strict=True):
        path.write_bytes(os.urandom(megabytes << 20))
    return paths


def test_all_files_are_hashed_in_their_order(files: list[Path]) -> None:
    hashes = InputHashes(files)
    hashes.start()
    found = hashes.finish()
    assert list(found) == files
    for path in files:
        assert found[path] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_never_runs_ahead_of_the_pass(files: list[Path]) -> None:
    hashes = InputHashes(files)
    hashes.start()
    for fraction in (0.1, 0.5):
        hashes.pace(fraction)
        time.sleep(0.05)
        done, total = hashes.position
        assert total == 4 << 20
        assert done <= fraction * total + checksum.BLOCK
    assert hashes.position[0] >= total // 2 - checksum.BLOCK
    hashes.finish()
    assert hashes.position == (total, total)


def test_what_the_library_verified_is_not_read_again(files: list[Path]) -> None:
    record(files[1], sha256="f" * 64)
    hashes = InputHashes(files)
    hashes.start()
    assert hashes.finish()[files[1]] == "f" * 64
    assert hashes.position[1] == 1 << 20
    files[1].write_bytes(b"another")
    again = InputHashes(files)
    again.start()
    assert again.finish()[files[1]] == hashlib.sha256(b"another").hexdigest()


def test_a_file_that_changes_meanwhile_ends_the_build(files: list[Path]) -> None:
    hashes = InputHashes(files)
    hashes.start()
    hashes.pace(1.0)
    time.sleep(0.1)
    files[0].write_bytes(b"")
    with pytest.raises(LlamaChatError, match="was changed while"):
        hashes.finish()


def test_it_can_be_stopped_at_any_time(files: list[Path]) -> None:
    hashes = InputHashes(files)
    hashes.stop()
    hashes = InputHashes(files)
    hashes.start()
    hashes.stop()
    hashes.stop()


def test_a_file_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        InputHashes([tmp_path / "none"])


def test_a_file_that_grows_meanwhile_ends_the_build_and_does_not_hold_it(files: list[Path]) -> None:
    hashes = InputHashes(files)
    with files[-1].open("ab") as file:
        file.write(b"one step more")
    hashes.start()
    ends = time.monotonic() + 5

    def told(done: int, total: int) -> None:
        assert done <= total
        assert time.monotonic() < ends, "it waits for leave that nobody gives"

    try:
        with pytest.raises(LlamaChatError, match="was changed while"):
            hashes.finish(told)
    finally:
        hashes.stop()
