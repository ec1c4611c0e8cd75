"""An answer is on the disk soon after it was said, whether or not more follows."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.store import journal
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine
from llamachat.errors import LlamaChatError
from tests.unit.chat.store.conftest import eventually, say, texts


def on_disk(path: Path, table: str = "piece") -> list[str]:
    """What another program reads."""
    connection = sqlite3.connect(path)
    try:
        return [row[-1] for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]
    finally:
        connection.close()


def writers() -> int:
    return sum(thread.name == "answer-journal" for thread in threading.enumerate())


def full_disk(store: ChatStore, *, room: int) -> None:
    """SQLite refuses to let the file grow, as it does when the disk is full."""
    with store._database.writing() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + room}")


def test_text_is_written_though_no_more_comes(path: Path, line: StoredLine) -> None:
    say(line, "Hi")
    line.journal("Hel")
    line.journal("lo")
    assert eventually(lambda: on_disk(path) == ["Hello"])
    line.journal(" there")
    assert eventually(lambda: on_disk(path) == ["Hello", " there"])
    assert journal.DELAY < 0.2


def test_whole_answer_takes_the_place_of_its_pieces(path: Path, line: StoredLine) -> None:
    say(line, "Hi")
    line.journal("Hel")
    assert eventually(lambda: on_disk(path) == ["Hel"])
    say(line, "Hello")
    assert on_disk(path) == on_disk(path, "unfinished") == []
    assert texts(line) == ["Hi", "Hello"]
    assert writers() == 0


def test_end_is_heard_in_the_moment_when_a_pause_is_over(
    path: Path, line: StoredLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(threading.Event):
        """The pause ends, and before anybody has looked the answer does."""

        def wait(self, timeout: float | None = None) -> bool:
            heard = super().wait(timeout)
            if timeout == journal.DELAY and not heard:
                over.set()
                super().wait(5)
            return heard

    over = threading.Event()
    say(line, "Hi")
    with monkeypatch.context() as patch:
        patch.setattr(threading, "Event", Late)
        line.journal("Hel")
        patch.undo()
        assert over.wait(5)
    saying = threading.Thread(target=say, args=(line, "Hello"), daemon=True)
    saying.start()
    saying.join(5)
    assert not saying.is_alive()
    assert texts(line) == ["Hi", "Hello"]


def test_closing_keeps_the_answer_so_far(path: Path) -> None:
    store = ChatStore(path)
    line = store.line(store.create(Dialog()).id)
    say(line, "Hi")
    line.journal(" Hel")
    store.close()
    store.close()
    assert writers() == 0
    with pytest.raises(LlamaChatError, match="closed"):
        say(line, "Hello")
    with ChatStore(path) as again:
        chat = again.latest()
        assert chat is not None
        assert again.line(chat.id).messages[-1] == Message("assistant", "Hel", "cancelled")


def test_pieces_that_were_taken_for_orphans_are_written_again(
    path: Path, store: ChatStore, line: StoredLine
) -> None:
    say(line, "Hi")
    line.journal("Hel")
    assert eventually(lambda: on_disk(path) == ["Hel"])
    with store._database.writing() as connection:
        connection.execute("DELETE FROM unfinished")
    line.journal("lo")
    assert eventually(lambda: on_disk(path) == ["Hello"])


def test_full_disk_lets_the_answer_go_on_and_loses_nothing(
    path: Path, store: ChatStore, line: StoredLine
) -> None:
    say(line, "Hi")
    full_disk(store, room=2)
    line.journal("a" * 50_000)
    line.journal("b")
    with pytest.raises(LlamaChatError, match="The disk is full") as raised:
        say(line, "ab" * 50_000)
    assert f"df -h '{path.parent}'" in raised.value.hint
    assert texts(line) == texts(store.line(line.chat)) == ["Hi"]
    full_disk(store, room=1000)
    line.add(Message("user", "Go on"))
    assert texts(store.line(line.chat)) == ["Hi", "ab" * 50_000, "Go on"]


def test_screen_and_worker_use_it_at_once(store: ChatStore, line: StoredLine) -> None:
    def work() -> None:
        for number in range(30):
            line.add(Message("user", f"u{number}"))
            line.journal(f"a{number}")
            line.add(Message("assistant", f"a{number}", "eos"))

    worker = threading.Thread(target=work)
    worker.start()
    seen = 0
    while worker.is_alive():
        store.save_draft(line.chat, f"draft {seen}")
        now = store.get(line.chat).messages
        assert seen <= now
        seen = now
        assert len(store.search("u")) <= 50
    worker.join()
    assert texts(line) == [f"{who}{n}" for n in range(30) for who in "ua"]
    assert texts(store.line(line.chat)) == texts(line)
