"""The composer in a real terminal: pastes, Alt+Enter and an editor that takes the screen."""

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import ENTER, Terminal

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
