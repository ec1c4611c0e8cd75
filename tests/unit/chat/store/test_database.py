"""A file that cannot be used is named in one sentence, and stays as it is."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.store import database, schema
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine
from llamachat.errors import LlamaChatError, UsageError
from tests.unit.chat.store.conftest import say, texts

NOBODY = 65534


def filled(path: Path) -> bytes:
    """A file with a chat of some pages, all of it in the file itself."""
    with ChatStore(path) as store:
        say(store.line(store.create(Dialog()).id), *["many words " * 500] * 20)
    return path.read_bytes()


@contextmanager
def unprivileged() -> Iterator[None]:
    """A superuser may write everywhere, so not as one."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_files_are_for_their_owner_only(path: Path, line: StoredLine) -> None:
    say(line, "Hi")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("chats.db", "chats.db-wal", "chats.db-shm"), 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    filled(path)
    path.chmod(0o644)
    ChatStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_file_carries_its_version(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
        assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_older_file_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    more = (*schema.MIGRATIONS, ("ALTER TABLE chat ADD COLUMN colour TEXT",))
    monkeypatch.setattr(schema, "MIGRATIONS", more)
    with ChatStore(path) as store:
        assert len(store.chats()) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(more),)
        assert connection.execute("SELECT colour FROM chat").fetchall() == [(None,)]


def test_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    more = (*schema.MIGRATIONS, ("ALTER TABLE chat ADD COLUMN colour TEXT", "NONSENSE"))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", more)
        with pytest.raises(sqlite3.OperationalError):
            ChatStore(path)
    with ChatStore(path) as store:
        assert len(store.chats()) == 1


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def nulls(path: Path) -> None:
    path.write_bytes(bytes(64_560))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE note (text)")


def log_without_file(path: Path) -> None:
    path.write_bytes(b"")
    path.with_name("chats.db-wal").write_bytes(b"changes")


@pytest.mark.parametrize(
    ("spoil", "said", "hint"),
    [
        (newer, "newer llamachat (version 99", "pip install --upgrade llamachat"),
        (nulls, "are damaged (file is not a database)", "mkdir"),
        (cut, "are damaged (database disk image is malformed)", "mkdir"),
        (foreign, "is a database of another program", "mv"),
        (log_without_file, "are damaged (it is empty", "mkdir"),
    ],
)
def test_file_that_is_no_good_is_refused_and_left_alone(
    path: Path, spoil: Callable[[Path], None], said: str, hint: str
) -> None:
    filled(path)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(UsageError) as raised:
        ChatStore(path)
    assert said in raised.value.message
    assert str(path) in raised.value.message
    assert hint in raised.value.hint
    assert path.read_bytes() == before


def test_hint_for_a_damaged_file_makes_room_for_a_new_one(path: Path) -> None:
    filled(path)
    nulls(path)
    with pytest.raises(UsageError) as raised:
        ChatStore(path)
    assert os.system(raised.value.hint.partition(": ")[2]) == 0
    with ChatStore(path) as store:
        assert store.chats() == []
    assert (path.parent / "damaged" / "chats.db").stat().st_size == 64_560


def test_damage_in_the_middle_is_named_when_it_is_met(path: Path) -> None:
    size = len(filled(path))
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(os.urandom(5 * 4096))
    with ChatStore(path) as store, pytest.raises(UsageError, match="are damaged"):
        for chat in store.chats():
            store.line(chat.id)


@pytest.mark.parametrize("value", ["CAST(x'ff' AS TEXT)", "'{'"])
def test_damaged_value_is_named(path: Path, value: str) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE chat SET settings = {value}")
        connection.commit()
    with ChatStore(path) as store, pytest.raises(UsageError, match="are damaged"):
        store.chats()


def test_read_only_folder_is_named() -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        path = Path(folder) / "chats.db"
        with unprivileged(), pytest.raises(LlamaChatError, match="permission denied") as raised:
            ChatStore(path)
        assert "LLAMACHAT_HOME" in raised.value.hint
        assert not path.exists()


def test_second_store_of_one_process_leaves_the_locks_of_the_first(
    path: Path, store: ChatStore, line: StoredLine
) -> None:
    """Without them the other process would take itself for the last one, and delete the log."""
    say(line, "Hi")
    ChatStore(path).close()
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute("
    script += "'SELECT count(*) FROM message')); c.close()"
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True)
    assert path.with_name("chats.db-wal").exists()
    say(line, "Hello")
    assert texts(store.line(line.chat)) == ["Hi", "Hello"]


def test_file_for_reading_only_is_named() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chats.db"
        filled(path)
        Path(folder).chmod(0o755)
        with unprivileged(), pytest.raises(LlamaChatError, match="cannot be opened or written"):
            ChatStore(path)


def test_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(LlamaChatError, match="cannot be opened or written"):
        ChatStore(tmp_path / "data" / "chats.db")


def test_file_that_another_program_locks_is_named(
    path: Path, line: StoredLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with ChatStore(path) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LlamaChatError, match="Another program keeps") as raised:
            store.save_draft(line.chat, "x")
        assert "fuser" in raised.value.hint
        other.rollback()
        store.save_draft(line.chat, "y")
        assert store.get(line.chat).draft == "y"


def test_tree_cannot_be_made_inconsistent(store: ChatStore, line: StoredLine) -> None:
    keys = say(line, "1", "2")
    other = store.line(store.create(Dialog()).id)
    (foreign_key,) = say(other, "elsewhere")
    for statement in (
        f"UPDATE message SET parent = {foreign_key} WHERE id = {keys[1]}",
        f"UPDATE message SET parent = {keys[1]} WHERE id = {keys[0]}",
        f"UPDATE chat SET leaf = {foreign_key} WHERE id = {line.chat}",
        f"DELETE FROM message WHERE id = {keys[0]}",
    ):
        with pytest.raises(sqlite3.IntegrityError), store._database.writing() as connection:
            connection.execute(statement)
    assert texts(store.line(line.chat)) == ["1", "2"]
