"""What a half-typed path may go on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamachat.tui.screens.path_completion import complete_path, is_path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("models", "music", ".hidden"):
        (tmp_path / name).mkdir()
    for name in ("mini.gguf", "mini.GGUF", "mini.txt", "models/a b.gguf"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_folders_come_first_and_other_files_not_at_all(folder: Path) -> None:
    assert complete_path("./m") == ["./models/", "./music/", "./mini.GGUF", "./mini.gguf"]
    assert complete_path(f"{folder}/mo") == [f"{folder}/models/"]
    assert complete_path("models/") == ["models/a b.gguf"]


def test_home_is_kept_as_it_was_typed(folder: Path) -> None:
    assert complete_path("~") == ["~/"]
    assert complete_path("~/mu") == ["~/music/"]


def test_hidden_folders_are_offered_to_who_asks(folder: Path) -> None:
    assert complete_path("./.h") == ["./.hidden/"]
    assert "./.hidden/" not in complete_path("./")


def test_the_typed_path_itself_is_the_first(folder: Path) -> None:
    assert complete_path("./mini.gguf")[0] == "./mini.gguf"


def test_what_is_not_there_goes_on_with_nothing(folder: Path) -> None:
    for typed in ("/no/such/", "~nobody-at-all/x", "a\0/b", "mini.txt/"):
        assert complete_path(typed) == []


def test_words_are_told_from_paths() -> None:
    assert all(map(is_path, ("/a", "~", "./x", "models/x", "x.gguf", "X.GGUF")))
    assert not any(map(is_path, ("llama 7b", "", "bob")))
