"""The folder of a comparison is gone with it, and so is what a killed one left."""

import errno
from pathlib import Path

import pytest

from llamachat.cli.compare.scratch import scratch_folder
from llamachat.errors import LlamaChatError
from llamachat.paths import cache_dir


def test_it_is_gone_afterwards() -> None:
    with scratch_folder() as folder:
        (folder / "model.gguf").write_bytes(b"x")
    assert not folder.exists()


def test_leftovers_are_removed_and_living_ones_stay() -> None:
    left = cache_dir() / "compare-left"
    left.mkdir(parents=True)
    (left / "model.gguf").write_bytes(b"x")
    with scratch_folder() as living, scratch_folder():
        assert not left.exists()
        assert living.exists()


def test_a_file_system_without_locks_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with scratch_folder() as first, scratch_folder():
        assert first.exists()
    assert not first.exists()


def test_a_home_that_is_a_file_is_said_in_words(home: Path) -> None:
    home.write_text("")
    with pytest.raises(LlamaChatError, match="Nothing can be written"), scratch_folder():
        pytest.fail("made")
