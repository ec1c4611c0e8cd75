"""A prompt is put together from flags, files and pipes."""

import os
import sys
from pathlib import Path

import pytest

from llamachat.cli.prompt_text import MAX_BYTES, compose, read_file, stdin_is_piped
from llamachat.errors import UsageError


def join(prompt: str | None, *files: Path) -> str:
    return compose(
        prompt, [str(f) for f in files], piped=False, say=print, unescape=lambda t: t.upper()
    )


def test_parts_are_joined_by_new_lines(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n\n")
    (tmp_path / "b").write_text("two")
    assert join("zero", tmp_path / "a", tmp_path / "b") == "ZERO\nONE\n\nTWO"


def test_empty_parts_leave_no_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("\n")
    assert join("", tmp_path / "a") == ""
    assert join(None) == ""


def test_only_one_line_end_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\r\n\n")
    assert read_file(tmp_path / "a") == "x\r\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"caf\xe9 au lait", "byte 0xe9 at offset 3"),
        (b"GGUF\x00\x01", "zero byte at offset 4"),
        (b"\xe2\x82", "byte 0xe2 at offset 0"),
    ],
)
def test_file_that_is_no_text_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "strange.txt"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=words) as caught:
        read_file(path)
    assert "strange.txt" in caught.value.message


def test_file_too_large_for_any_context_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UsageError, match="larger than 64 MB"):
        read_file(path)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.txt cannot be read: No such file"):
        read_file(tmp_path / "no.txt")
    with pytest.raises(UsageError, match="is a folder"):
        read_file(tmp_path)


def test_null_device_is_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with open(os.devnull) as null, os.fdopen(reader) as pipe, os.fdopen(writer, "w"):  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", null)
        assert not stdin_is_piped()
        monkeypatch.setattr(sys, "stdin", pipe)
        assert stdin_is_piped()
    monkeypatch.setattr(sys, "stdin", None)
    assert not stdin_is_piped()
