"""The app of a browser tab, as a server runs it: with pipes for a terminal."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from llamachat.bundled import bundled_model
from llamachat.chat.store.chats import ChatStore

COMMAND = [sys.executable, "-m", "llamachat.cli.web_tab", "-m", str(bundled_model())]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bundled_model() is None, reason="Bob has not been built here"),
]

Tab = subprocess.Popen[bytes]


@pytest.fixture
def tab(surveyed: None) -> Iterator[Tab]:
    """Drawn, with a draft in it."""
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        await_words(process, b"Bob")
        send(process, b"D", b"half")
        await_words(process, b"half")
        yield process
        process.kill()


def pipes(tab: Tab) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    assert tab.stdin is not None
    assert tab.stdout is not None
    assert tab.stderr is not None
    return tab.stdin, tab.stdout, tab.stderr


def send(tab: Tab, kind: bytes, payload: bytes) -> None:
    """One packet of textual-serve's protocol."""
    into = pipes(tab)[0]
    into.write(kind + len(payload).to_bytes(4, "big") + payload)
    into.flush()


def await_words(tab: Tab, words: bytes) -> None:
    out = pipes(tab)[1]
    seen = b""
    while words not in seen:
        assert select.select([out], [], [], 30)[0], seen
        piece = os.read(out.fileno(), 1 << 16)
        assert piece, seen
        seen += piece


def close_tab(tab: Tab) -> None:
    send(tab, b"M", json.dumps({"type": "quit"}).encode())


def kill_server(tab: Tab) -> None:
    for pipe in pipes(tab):
        pipe.close()


def kill_server_while_drawing(tab: Tab) -> None:
    _, out, errors = pipes(tab)
    out.close()
    errors.close()
    send(tab, b"M", json.dumps({"type": "resize", "width": 60, "height": 20}).encode())
    kill_server(tab)


@pytest.mark.parametrize(
    "go", [close_tab, kill_server, kill_server_while_drawing, subprocess.Popen.terminate]
)
def test_an_app_leaves_with_its_tab_and_keeps_the_draft(
    tab: Tab, go: Callable[[Tab], None], home: Path
) -> None:
    go(tab)
    assert tab.wait(timeout=20) == 0
    with ChatStore() as store:
        assert [chat.draft for chat in store.chats()] == ["half"]
    assert not list(home.glob("**/crash-*.log"))
