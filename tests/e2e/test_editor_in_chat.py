"""Ctrl+G in a real terminal: the draft goes through the person's editor and comes back whole."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import know_processor
from tests.e2e.conftest import PROGRAM, needs_bob
from tests.e2e.tmux import TMUX, Tmux

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(TMUX is None, reason="tmux is not installed"),
    needs_bob,
]

WRITES = 'cat "$1"; echo \'in the editor\'; read answer; echo "$answer 你好" >> "$1"'
EMPTIES = ': > "$1"'
FAILS = 'echo ruined > "$1"; exit 3'
DIES = 'echo ruined > "$1"; kill -9 $$'


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    return tmp_path / "my editor"


@pytest.fixture
def terminal(
    environment: dict[str, str], tmp_path: Path, survey: bytes, editor: Path
) -> Iterator[Tmux]:
    know_processor(tmp_path / "home", survey)
    ours = {"LLAMACHAT_HOME": str(tmp_path / "home"), "VISUAL": shlex.quote(str(editor))}
    with Tmux(tmp_path / "tmux", environment | ours, columns=80, rows=24) as terminal:
        yield terminal


def becomes(editor: Path, script: str) -> None:
    editor.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    editor.chmod(0o755)


def test_a_draft_goes_through_the_editor_and_survives_every_failure_of_it(
    terminal: Tmux, editor: Path
) -> None:
    becomes(editor, WRITES)
    terminal.run(shlex.join([*PROGRAM, "--temp", "0", "-T", "bob"]))
    terminal.wait_until(lambda screen: "Welcome" in screen or "Message Bob" in screen, "a start")
    terminal.press("Escape")
    terminal.wait_for("Message Bob")
    terminal.type("dear Bob,")
    terminal.wait_for("dear Bob,")
    terminal.press("C-g")
    screen = terminal.wait_for("in the editor")
    assert "Message Bob" not in screen  # it has the whole terminal
    terminal.type("written elsewhere")
    terminal.press("Enter")
    terminal.wait_for("dear Bob,written elsewhere 你好")
    for script, why in ((FAILS, "exit code 3"), (DIES, "SIGKILL"), (None, "No such file")):
        if script is None:
            editor.unlink()
        else:
            becomes(editor, script)
        terminal.press("C-g")
        assert "ruined" not in terminal.wait_for(why)
        terminal.wait_for("dear Bob,written elsewhere 你好")
    becomes(editor, EMPTIES)
    terminal.press("C-g")
    terminal.wait_for("Message Bob")  # an empty draft
    terminal.press("C-z")
    terminal.wait_for("dear Bob,written elsewhere 你好")
    terminal.press("C-c", "C-q")
    terminal.wait_for("exit code 0")
