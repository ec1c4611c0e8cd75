"""export and import: files that appear whole, never over another one, and come back."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from llamachat.chat.store.chats import ChatStore
from llamachat.cli.chats import run
from llamachat.errors import LlamaChatError, UsageError
from tests.unit.cli.chats.conftest import Chats, Made


def test_markdown_goes_to_standard_output(chats: Chats, made: Made) -> None:
    made("hi", "**ho**")
    assert chats("export").endswith("## User\n\nhi\n\n## Bob\n\n**ho**\n")


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["-o", "chat.md"], "# hi"),
        (["-o", "chat.JSON"], "{"),
        (["--format", "json", "-o", "chat.txt"], "{"),
        (["--format", "md", "-o", "chat.json"], "# hi"),
    ],
)
def test_format_follows_the_name_of_the_file(
    words: list[str], begins: str, chats: Chats, made: Made, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    made("hi")
    assert chats("export", *words) == ""
    assert Path(words[-1]).read_text().startswith(begins)
    assert not list(tmp_path.glob(".*"))


def test_file_that_is_there_stays_unless_forced(chats: Chats, made: Made, tmp_path: Path) -> None:
    made("hi")
    path = tmp_path / "notes.md"
    path.write_text("mine")
    with pytest.raises(UsageError, match=r"notes.md is there already\. Add --force"):
        run(["export", "-o", str(path)])
    assert path.read_text() == "mine"
    chats("export", "-o", path, "--force")
    assert path.read_text().startswith("# hi")


def test_link_is_kept_and_its_file_replaced(chats: Chats, made: Made, tmp_path: Path) -> None:
    made("hi")
    target, link = tmp_path / "real.md", tmp_path / "link.md"
    target.write_text("old")
    link.symlink_to(target)
    chats("export", "-o", link, "--force")
    assert link.is_symlink()
    assert target.read_text().startswith("# hi")


def test_folder_and_device_are_no_file_to_write(made: Made, tmp_path: Path) -> None:
    made("hi")
    with pytest.raises(UsageError, match="is a folder"):
        run(["export", "-o", str(tmp_path), "--force"])
    with pytest.raises(UsageError, match="is no ordinary file"):
        run(["export", "-o", os.devnull, "--force"])


def test_disk_that_refuses_is_one_sentence(made: Made, tmp_path: Path) -> None:
    made("hi")
    with pytest.raises(LlamaChatError, match=r"x\.md cannot be written: No such file"):
        run(["export", "-o", str(tmp_path / "none" / "x.md")])


def test_exported_chat_comes_back(chats: Chats, made: Made, tmp_path: Path) -> None:
    made("hi", "ho")
    path = tmp_path / "chat.json"
    chats("export", 1, "-o", path)
    (chat,) = json.loads(chats("import", path, "--json"))
    assert (chat["id"], chat["title"], chat["messages"]) == (2, "hi", 2)
    assert chats("show", 2).split("\n\n")[1:] == chats("show", 1).split("\n\n")[1:]


def test_chats_are_read_from_standard_input(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b'{"role": "user", "content": "a"}\n{"role": "assistant", "content": "b"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert json.loads(chats("import", "-", "--json"))[0]["messages"] == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", r"It is not UTF-8 text: byte 0xff at offset 0\."),
        (b"PK\x03\x04", "This is not JSON"),
        (b"", r"There is nothing in it\."),
    ],
)
def test_file_that_is_no_chat_is_named(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "strange"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=f"strange: {sentence}"):
        run(["import", str(path)])
    with ChatStore() as store:
        assert store.chats() == []


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none: It cannot be read: No such file"):
        run(["import", str(tmp_path / "none")])
