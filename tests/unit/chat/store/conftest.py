"""A store in a folder of its own, and real processes that write to it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine

WRITER = Path(__file__).with_name("writer.py")

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.db"


@pytest.fixture
def store(path: Path) -> Iterator[ChatStore]:
    with ChatStore(path) as store:
        yield store


@pytest.fixture
def line(store: ChatStore) -> StoredLine:
    """Of a new chat."""
    return store.line(store.create(Dialog(), model="bob").id)


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    """Start `writer.py` on the same file; what still runs at the end is killed."""
    children: list[subprocess.Popen[str]] = []

    def start(*words: object) -> subprocess.Popen[str]:
        command = [sys.executable, str(WRITER), str(path), *map(str, words)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        with child:  # closes its pipes
            pass


def say(line: StoredLine, *texts: str) -> list[int]:
    """Words of the user and answers, by turns; returns their numbers."""
    for text in texts:
        user = not line.messages or line.messages[-1].role == "assistant"
        line.add(Message("user", text) if user else Message("assistant", text, "eos"))
    return [row.id for row in line.rows[-len(texts) :]]


def texts(line: StoredLine) -> list[str]:
    return [message.text for message in line.messages]


def eventually(is_true: Callable[[], bool]) -> bool:
    """Within five seconds."""
    deadline = time.monotonic() + 5
    while not (found := is_true()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found
