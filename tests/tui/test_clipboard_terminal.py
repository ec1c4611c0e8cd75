"""What is copied really reaches the terminal, as OSC 52; and a chat stays in it after the end."""

from __future__ import annotations

import base64
import os
import sys

import pytest

from llamachat.chat.store.chats import ChatStore
from tests.e2e.terminal import Terminal
from tests.tui.pictures import CAPITALS, keep

F6, F7, CTRL_C, CTRL_Q = "\x1b[17~", "\x1b[18~", "\x03", "\x11"
CODE = "def greet(name: str) -> None:\n    print(f'Hello, {name}!')"
OSC52 = "\x1b]52;c;"


def copied(terminal: Terminal, keys: str) -> str:
    """The text that the terminal is told to copy when these keys are typed."""
    begun = len(terminal.text)
    terminal.type(keys)
    start = terminal.wait_for(OSC52, after=begun)
    end = terminal.wait_for("\a", after=start)
    return base64.b64decode(terminal.text[start : end - 1]).decode()


def drag(start: tuple[int, int], end: tuple[int, int]) -> str:
    """The left button from one place, column and row, to another."""
    (x, y), (to_x, to_y) = start, end
    return f"\x1b[<0;{x};{y}M\x1b[<32;{to_x};{to_y}M\x1b[<0;{to_x};{to_y}m"


@pytest.mark.keys("transcript.copy")
def test_messages_code_and_selections_reach_the_terminal(
    surveyed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    with ChatStore() as store:
        keep(store, CAPITALS)
    (_, first, _), (_, second, _) = CAPITALS
    environment = os.environ | {"TERM": "xterm-256color", "LLAMACHAT_PRINT_ON_EXIT": "true"}
    argv = [sys.executable, "-m", "llamachat", "--resume", "-t", "1"]
    with Terminal(argv, environment) as terminal:
        terminal.wait_for("essage Bob")  # its first letter is under the cursor
        assert copied(terminal, F7) == second
        assert copied(terminal, F6 + "c") == CODE
        assert copied(terminal, "kky") == first
        marked = copied(terminal, drag((1, 4), (80, 12)) + CTRL_C)
        assert "greet" in marked
        assert len(marked.splitlines()) > 3
        terminal.type(CTRL_Q)
        left = terminal.wait_for("\x1b[?1049l")
        terminal.wait_for("## Bob", after=left)
        terminal.wait_for("The capital of France is **Paris**.", after=left)
        assert terminal.exit_code() == 0
