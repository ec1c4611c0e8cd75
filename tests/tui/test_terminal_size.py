"""The screen has the terminal's size, also where a resize was lost on the way."""

import os
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.events import Resize
from textual.geometry import Size

from llamachat.tui.terminal_size import ask_the_terminal
from tests.tui.chat_app import running, until

pytestmark = pytest.mark.usefixtures("quick")


async def test_a_resize_that_was_never_told_is_seen() -> None:
    async with running(size=(80, 24)) as (app, pilot):
        assert app._driver is not None
        app._driver._size = (120, 36)
        await until(pilot, lambda: app.chat_screen.outer_size == (120, 36))
        assert app.chat_screen.panel.region.width > 20


async def test_a_resize_that_the_screen_has_missed_is_seen() -> None:
    """A later one of the former size, which a layout had posted, took its place in the queue."""
    async with running(size=(120, 36)) as (app, pilot):
        former = Size(80, 24)
        app.chat_screen.post_message(Resize(former, former))
        await until(pilot, lambda: app.chat_screen.outer_size == former)
        await until(pilot, lambda: app.chat_screen.outer_size == (120, 36))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """What standard output is; a new one has no size."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr(sys, "__stdout__", stream)
        yield theirs
    os.close(ours)


def told() -> dict[str, str]:
    return {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}


def test_a_size_that_was_handed_on_does_not_outweigh_the_terminals(terminal: int) -> None:
    termios.tcsetwinsize(terminal, (36, 120))
    environ = told()
    ask_the_terminal(environ)
    assert environ == {"TERM": "xterm"}


def test_a_size_that_was_handed_on_stands_where_the_terminal_has_none(terminal: int) -> None:
    environ = told()
    ask_the_terminal(environ)
    assert environ == told()


def test_a_size_that_was_handed_on_stands_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environ = told()
    with (tmp_path / "output").open("w") as stream:
        monkeypatch.setattr(sys, "__stdout__", stream)
        ask_the_terminal(environ)
    monkeypatch.setattr(sys, "__stdout__", None)
    ask_the_terminal(environ)
    assert environ == told()
