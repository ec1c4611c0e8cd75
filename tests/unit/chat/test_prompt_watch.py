"""A change of a file is noticed however it was made."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.chat.prompt_watch import PromptWatch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bob.toml"
    path.write_text("old", encoding="utf-8")
    return path


def _rewrite(path: Path) -> None:
    path.write_text("longer", encoding="utf-8")
    os.utime(path, ns=(1, 1))


def _replace_with_the_same_time_and_size(path: Path) -> None:
    seen = path.stat()
    other = path.with_suffix(".part")
    other.write_text("new", encoding="utf-8")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)


def _touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    "change", [_rewrite, _replace_with_the_same_time_and_size, _touch, Path.unlink]
)
def test_change_is_told_once(path: Path, change: Callable[[Path], None]) -> None:
    watch = PromptWatch(path)
    assert not watch.changed()
    change(path)
    assert watch.changed()
    assert not watch.changed()


def test_file_that_comes_later_is_a_change(tmp_path: Path) -> None:
    watch = PromptWatch(tmp_path / "absent" / "x.toml")
    assert not watch.changed()
    watch.path.parent.mkdir()
    watch.path.touch()
    assert watch.changed()
