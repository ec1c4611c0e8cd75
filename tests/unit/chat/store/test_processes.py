"""Real processes on one file: none loses a word, whoever is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from pathlib import Path

from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine
from tests.unit.chat.store.conftest import Start, eventually, say, texts


def wait_until_ready(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()


def test_answer_of_a_killed_process_is_read_as_abandoned(
    store: ChatStore, line: StoredLine, start: Start
) -> None:
    child = start("journal", line.chat, " Half", " an", " answer")
    wait_until_ready(child)
    kill(child)
    assert store.get(line.chat).messages == 2
    again = store.line(line.chat)
    assert again.messages == (
        Message("user", "question"),
        Message("assistant", "Half an answer", "abandoned"),
    )
    assert again.rows[-1].model == "bob"
    assert [hit.message for hit in store.search("half answer")] == [again.rows[-1].id]


def test_zombie_counts_as_dead(store: ChatStore, line: StoredLine, start: Start) -> None:
    child = start("journal", line.chat, "Half")
    wait_until_ready(child)
    os.kill(child.pid, signal.SIGKILL)  # and nobody waits for it
    assert eventually(lambda: store.get(line.chat).messages == 2)


def test_answer_of_a_living_process_is_left_alone(
    store: ChatStore, line: StoredLine, start: Start
) -> None:
    child = start("journal", line.chat, "Half")
    wait_until_ready(child)
    assert texts(store.line(line.chat)) == ["question"]
    assert [row.message.text for row in store.tree(line.chat)] == ["question"]
    kill(child)
    assert texts(store.line(line.chat)) == ["question", "Half"]
    assert len(store.tree(line.chat)) == 2


def test_line_that_went_on_meanwhile_stays_where_it_is(
    store: ChatStore, line: StoredLine, start: Start
) -> None:
    child = start("journal", line.chat, "Half")
    wait_until_ready(child)
    say(line, "other question", "other answer")
    kill(child)
    assert texts(store.line(line.chat)) == ["other question", "other answer"]
    assert [row.message.text for row in store.tree(line.chat)] == [
        "question", "other question", "other answer", "Half",
    ]  # fmt: skip


def test_process_that_ends_in_good_order_leaves_a_cancelled_answer(
    store: ChatStore, line: StoredLine, start: Start
) -> None:
    child = start("journal", line.chat, "Half")
    wait_until_ready(child)
    child.communicate()
    assert store.line(line.chat).messages[-1] == Message("assistant", "Half", "cancelled")


def test_two_processes_in_one_chat_keep_both_lines(
    store: ChatStore, line: StoredLine, start: Start
) -> None:
    say(line, "Hi", "Hello")
    said = [[f"{who} {n}" for n in range(25)] for who in ("ann", "bob")]
    children = [start("add", line.chat, *words) for words in said]
    for child in children:
        wait_until_ready(child)
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
    assert [child.wait() for child in children] == [0, 0]
    stored = {row.message.text: row for row in store.tree(line.chat)}
    assert set(stored) == {"Hi", "Hello", *said[0], *said[1]}
    for words in said:
        line.switch(stored[words[0]].id)
        assert texts(line) == ["Hi", "Hello", *words]


def test_processes_that_make_the_file_at_once_all_succeed(path: Path, start: Start) -> None:
    children = [start("new", 0, f"{n} a", f"{n} b") for n in range(4)]
    for child in children:
        wait_until_ready(child)
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
    assert [child.wait() for child in children] == [0] * 4
    with ChatStore(path) as store:
        lines = [texts(store.line(chat.id)) for chat in store.chats()]
    assert sorted(lines) == [[f"{n} a", f"{n} b"] for n in range(4)]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
