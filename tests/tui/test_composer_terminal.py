"""The composer in a real terminal: pastes, Alt+Enter and an editor that takes the screen."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.terminal import ENTER, Terminal

ALT_A, ALT_D, ALT_LEFT, ALT_X = "\x1ba", "\x1bd", "\x1b[1;3D", "\x1bx"
PASTE = "\x1b[200~/help\ronce\x1b[201~"
ALT_ENTER = "\x1b\r"
CTRL_G, CTRL_Q = "\x07", "\x11"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "the editor has the terminal"\necho "from $0" > "$1"\n')
    editor.chmod(0o755)
    return {**os.environ, "TERM": "xterm-256color", "VISUAL": str(editor)}


def test_a_terminal_types_pastes_and_lends_itself(environment: dict[str, str]) -> None:
    with Terminal([sys.executable, "-m", "tests.tui.composer_app"], environment) as terminal:
        terminal.wait_for("essage Bob")  # its first letter is under the cursor
        terminal.type(PASTE + "a" + ALT_ENTER + "b" + ENTER)
        terminal.type("draft" + CTRL_G)
        written = terminal.wait_for("from ", after=terminal.wait_for("the editor has the terminal"))
        terminal.type(ENTER)
        terminal.wait_for("essage Bob", after=written)
        terminal.type(CTRL_Q)
        terminal.wait_for(f"sent: ['/help\\noncea\\nb', 'from {environment['VISUAL']}']")


def test_a_letter_with_alt_writes_nothing_and_does_what_it_is_bound_to(
    environment: dict[str, str],
) -> None:
    with Terminal([sys.executable, "-m", "tests.tui.composer_app"], environment) as terminal:
        terminal.wait_for("essage Bob")
        parts = ["wrong", ALT_A, "one three", ALT_LEFT, "two", ALT_X, " ", ALT_D, ENTER, CTRL_Q]
        for keys in parts:
            terminal.type(keys)
            time.sleep(0.2)  # what comes sooner may be one sequence with the escape before it
        terminal.wait_for("sent: ['one two ']")
