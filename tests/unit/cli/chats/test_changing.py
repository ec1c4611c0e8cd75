"""rename, delete and undelete: all or nothing, and each says how to go back."""

from __future__ import annotations

import json

import pytest

from llamachat.cli.chats import run
from llamachat.errors import UsageError
from tests.unit.cli.chats.conftest import Chats, Made

Captured = pytest.CaptureFixture[str]


def titles(chats: Chats, *words: str) -> list[str]:
    return [chat["title"] for chat in json.loads(chats("list", "--json", *words))]


def test_title_is_given_and_taken_back(chats: Chats, made: Made) -> None:
    made("hello")
    chats("rename", 1, "  My", "chat ")
    assert titles(chats) == ["My chat"]
    chats("rename", 1, "")
    assert titles(chats) == ["hello"]


def test_deleted_chats_vanish_and_come_back(chats: Chats, made: Made) -> None:
    for words in ("one", "two", "three"):
        made(words)
    chats("delete", 1, 3)
    assert titles(chats) == ["two"]
    assert sorted(titles(chats, "--deleted")) == ["one", "three"]
    assert chats("search", "one") == ""
    chats("undelete", 3)
    assert titles(chats) == ["three", "two"]


def test_delete_says_how_to_undo(made: Made, capsys: Captured) -> None:
    made("hello")
    made("again")
    run(["delete", "1", "2"])
    assert "To have them back: llamachat chats undelete 1 2\n" in capsys.readouterr().err


def test_one_unknown_number_deletes_nothing(chats: Chats, made: Made) -> None:
    made("hello")
    with pytest.raises(UsageError, match=r"There is no chat 9\."):
        run(["delete", "1", "9"])
    assert titles(chats) == ["hello"]


def test_foreign_words_in_confirmations_are_harmless(made: Made, capsys: Captured) -> None:
    made("\x1b[31mred")
    run(["delete", "1"])
    assert "\x1b" not in capsys.readouterr().err


def test_unknown_action_is_refused() -> None:
    with pytest.raises(UsageError, match="'remove' is not an action"):
        run(["remove", "1"])
