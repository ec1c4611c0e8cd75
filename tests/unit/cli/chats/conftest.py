"""A home with chats in it, and what the command prints."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.cli.chats import run

Chats = Callable[..., str]
Made = Callable[..., int]


@pytest.fixture
def made() -> Made:
    """Store a chat of these words, by turns of the user and Bob; returns its number."""

    def made(*texts: str, model: str = "/models/bob.gguf") -> int:
        with ChatStore() as store:
            chat = store.create(Dialog(assistant="Bob"), model=model)
            line = store.line(chat.id)
            for place, text in enumerate(texts):
                line.add(Message("assistant", text, "eos") if place % 2 else Message("user", text))
            return chat.id

    return made


@pytest.fixture
def chats(capfdbinary: pytest.CaptureFixture[bytes]) -> Chats:
    """Run `llamachat chats …` with standard output in a pipe; returns what it printed there."""

    def chats(*words: object) -> str:
        capfdbinary.readouterr()
        assert run([str(word) for word in words]) == 0
        sys.stdout.flush()
        return capfdbinary.readouterr().out.decode()

    return chats


class FakeTerminal(io.BytesIO):
    """Standard output as a terminal would be: bytes, and yes to isatty."""

    encoding = "utf-8"

    @property
    def buffer(self) -> FakeTerminal:
        return self

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Chats:
    """The same on a terminal of so many columns."""

    def on_terminal(*words: object, columns: int = 80, colour: bool = False) -> str:
        stream = FakeTerminal()
        with monkeypatch.context() as terminal:
            terminal.setattr(sys, "stdout", stream)
            terminal.setenv("COLUMNS", str(columns))
            terminal.setenv("TERM", "xterm-256color")
            terminal.setenv("NO_COLOR", "" if colour else "1")
            assert run([str(word) for word in words]) == 0
        return stream.getvalue().decode()

    return on_terminal
