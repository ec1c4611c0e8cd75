"""What is read from the environment, and what is done on a real pseudo-terminal."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest

from llamachat.hardware.terminal import read_terminal

SHOW = (
    "import json, sys; from llamachat.hardware.terminal import read_terminal; t = read_terminal()\n"
    "print(json.dumps([t.plain_reason(), t.shows_colour, t.colours, t.utf8, t.columns]),"
    " file=sys.stderr)"
)


def on_a_terminal(**environ: str) -> list[object]:
    """What a program on a fresh pseudo-terminal of 100 columns sees."""
    leader, follower = pty.openpty()
    env = {
        **os.environ,
        "COLUMNS": "100",
        "LINES": "30",
        "NO_COLOR": "",
        "COLORTERM": "",
        **environ,
    }
    answer = subprocess.run(
        [sys.executable, "-c", SHOW],
        stdin=follower, stdout=follower, stderr=subprocess.PIPE, env=env, check=True,
    )  # fmt: skip
    os.close(leader)
    os.close(follower)
    seen: list[object] = json.loads(answer.stderr)
    return seen


def test_full_terminal_needs_no_plain_dialog() -> None:
    assert on_a_terminal(TERM="xterm-256color") == ["", True, "256", True, 100]


def test_no_color_is_obeyed() -> None:
    assert on_a_terminal(TERM="xterm", NO_COLOR="1")[1] is False


def test_dumb_terminal_gets_the_plain_dialog_and_no_colour() -> None:
    assert on_a_terminal(TERM="dumb")[:3] == ["the terminal is dumb", False, "none"]


def test_unset_term_is_said_in_words() -> None:
    assert on_a_terminal(TERM="")[0] == "TERM is not set"


def test_latin_terminal_is_not_utf8() -> None:
    assert on_a_terminal(TERM="xterm", PYTHONIOENCODING="latin-1")[3] is False


def test_pipe_as_input_gives_the_plain_dialog() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", SHOW], input=b"", capture_output=True, check=True
    )
    assert json.loads(answer.stderr)[0] == "standard input is not a terminal"


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({"TERM": "vt100"}, "none"),
    ],
)
def test_colours_follow_the_environment(environ: dict[str, str], colours: str) -> None:
    assert read_terminal(environ).colours == colours


@pytest.mark.parametrize(
    ("environ", "kitty", "osc52"),
    [
        ({"TERM": "xterm-kitty"}, True, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True, True),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2", "SSH_TTY": "/dev/pts/1"}, True, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, False, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, False, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"}, False, False),
    ],
)
def test_keyboard_and_clipboard_are_guessed(
    environ: dict[str, str], kitty: bool, osc52: bool
) -> None:
    terminal = read_terminal(environ)
    assert (terminal.kitty_keyboard, terminal.osc52) == (kitty, osc52)


def test_multiplexer_and_ssh_are_seen() -> None:
    terminal = read_terminal({"TERM": "screen", "SSH_CONNECTION": "1 2 3 4"})
    assert (terminal.multiplexer, terminal.ssh) == ("screen", True)
    assert read_terminal({"TERM": "xterm", "TMUX": "x"}).multiplexer == "tmux"


def test_input_without_a_terminal_is_named_before_a_dumb_one() -> None:
    terminal = replace(read_terminal({"TERM": "dumb"}), stdin=False, stdout=True)
    assert terminal.plain_reason() == "standard input is not a terminal"
