"""What was typed is kept, privately and within bounds."""

from pathlib import Path

import pytest

from llamachat.chat.input_history import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_ENTRY,
    append_history,
    history_path,
    read_history,
    trim_history,
)


def test_entries_come_back_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.jsonl"
    for entry in ("Hello", "two\nlines", "你好 🙂", "\\"):
        append_history(path, entry)
    assert read_history(path) == ["Hello", "two\nlines", "你好 🙂", "\\"]


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, "secret")
    trim_history(path)
    assert path.stat().st_mode & 0o077 == 0
    assert read_history(path) == ["secret"]


def test_the_newest_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for number in range(MAX_ENTRIES + 3):
        append_history(path, str(number))
    trim_history(path)
    assert len(path.read_text().splitlines()) == MAX_ENTRIES
    assert read_history(path)[0] == "3"


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}\n"kept"\n',
        b'"cut\n"kept"\n',
        b'\xff\xfe\n"kept"\n',
        b"[" * 100_000 + b'\n"kept"',
    ],
)
def test_damage_costs_only_its_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(data)
    assert read_history(path) == ["kept"]


def test_no_history_is_an_empty_one(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none") == []
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert read_history(tmp_path / "huge") == []


def test_history_lives_in_the_state_folder(home: Path) -> None:
    assert history_path() == home / "state" / "history.jsonl"


def test_a_long_entry_keeps_its_beginning_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, "old")
    for _ in range(MAX_BYTES // MAX_ENTRY + 1):
        append_history(path, "x" * (MAX_ENTRY + 1))
    append_history(path, "new")
    entries = read_history(path)
    assert entries[-1] == "new"
    assert entries[-2] == "x" * MAX_ENTRY
    assert "old" not in entries
