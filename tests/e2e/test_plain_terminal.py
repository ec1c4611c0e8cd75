"""The plain dialog in a terminal, typed by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import PROGRAM
from tests.e2e.terminal import CTRL_C, CTRL_D, ENTER, Terminal

SHORT = ("--plain", "--temp", "0", "-n", "8")
ENDLESS = ("--plain", "--temp", "0", "--ignore-eos", "-c", "4096")
PROMPT = "User: "


@pytest.fixture
def home_of_its_own(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The surveyed processor, but a history of its own."""
    folder = tmp_path / "terminal home"
    shutil.copytree(environment["LLAMACHAT_HOME"], folder)
    shutil.rmtree(folder / "state", ignore_errors=True)
    return environment | {"LLAMACHAT_HOME": str(folder)}


@pytest.fixture
def dialog(home_of_its_own: dict[str, str], tiny: Path) -> Iterator[Terminal]:
    with Terminal([*PROGRAM, "-m", str(tiny), *SHORT, "-co", "off"], home_of_its_own) as terminal:
        wait_until_ready(terminal)
        yield terminal


@pytest.fixture
def endless(home_of_its_own: dict[str, str], tiny: Path) -> Iterator[Terminal]:
    with Terminal([*PROGRAM, "-m", str(tiny), *ENDLESS, "-co", "off"], home_of_its_own) as terminal:
        wait_until_ready(terminal)
        yield terminal


def wait_until_ready(terminal: Terminal) -> None:
    """The greeting is shown, and the line editor waits."""
    terminal.wait_for(PROMPT, after=terminal.wait_for("capital of Russia.\r\n"))


def interrupt(terminal: Terminal) -> None:
    """Ctrl+C at the prompt. Between showing it and waiting for keys Python's readline has a gap of
    microseconds in which a signal waits for the next key; no person types so fast."""
    time.sleep(0.2)
    terminal.type(CTRL_C)


def say(terminal: Terminal, text: str) -> str:
    """Hand over, wait for the end of the answer; returns what appeared."""
    start = len(terminal.text)
    terminal.type(text + ENTER)
    end = terminal.wait_for(" cached", after=start)
    terminal.wait_for(PROMPT, after=end)
    return terminal.text[start:]


def test_names_stand_before_what_is_said(dialog: Terminal) -> None:
    assert "Bob: " in say(dialog, "Hello")


def test_ctrl_d_leaves(dialog: Terminal) -> None:
    dialog.type(CTRL_D)
    assert dialog.exit_code() == 0


def test_exit_leaves(dialog: Terminal) -> None:
    dialog.type("/exit" + ENTER)
    assert dialog.exit_code() == 0


def test_ctrl_c_interjects_and_the_partial_answer_stays(endless: Terminal) -> None:
    endless.type("Hello" + ENTER)
    begun = endless.wait_for("Bob: ", after=len(endless.text))
    time.sleep(0.3)
    endless.type(CTRL_C)
    stopped = endless.wait_for(" cached", after=begun)
    endless.wait_for(PROMPT, after=stopped)
    endless.type("/prompt" + ENTER)
    shown = endless.wait_for("User: Hello", after=stopped)
    endless.wait_for("Bob: " + endless.text[begun : begun + 10].strip(), after=shown)


def test_ctrl_c_at_the_prompt_warns_once_then_leaves(dialog: Terminal) -> None:
    dialog.type("half a message")
    dialog.wait_for("half a message")
    interrupt(dialog)
    cleared = dialog.wait_for(PROMPT, after=len(dialog.text))
    interrupt(dialog)
    warned = dialog.wait_for("Ctrl+C again leaves", after=cleared)
    dialog.wait_for(PROMPT, after=warned)
    interrupt(dialog)
    assert dialog.exit_code() == 130


def test_warning_is_forgotten_when_something_is_said(dialog: Terminal) -> None:
    for _ in range(2):
        start = len(dialog.text)
        interrupt(dialog)
        dialog.wait_for("Ctrl+C again leaves", after=start)
        say(dialog, "Hello")


def test_paste_of_many_lines_is_one_message_and_no_command(dialog: Terminal) -> None:
    paste = "first\n/exit\n你好 🙂\nlast"
    answer = say(dialog, f"\x1b[200~{paste}\x1b[201~")
    assert answer.count("[ Prompt: ") == 1
    start = len(dialog.text)
    dialog.type("/prompt" + ENTER)
    dialog.wait_for("User: " + paste.replace("\n", "\r\n") + "\r\nBob:", after=start)


def test_history_is_kept_across_runs(
    dialog: Terminal, home_of_its_own: dict[str, str], tiny: Path
) -> None:
    say(dialog, "remember this")
    dialog.type("/exit" + ENTER)
    assert dialog.exit_code() == 0
    with Terminal([*PROGRAM, "-m", str(tiny), *SHORT, "-co", "off"], home_of_its_own) as again:
        wait_until_ready(again)
        again.type("\x1b[A\x1b[A")  # Up: /exit, then the message
        again.wait_for("remember this")


def test_tab_completes_commands(dialog: Terminal) -> None:
    dialog.type("/sta\t" + ENTER)
    dialog.wait_for("  context  ")


def test_what_is_typed_into_an_answer_waits_for_the_prompt(
    home_of_its_own: dict[str, str], tiny: Path
) -> None:
    long = ("--plain", "-n", "1500", "--ignore-eos", "-c", "4096", "-co", "off")
    with Terminal([*PROGRAM, "-m", str(tiny), *long], home_of_its_own) as terminal:
        wait_until_ready(terminal)
        start = len(terminal.text)
        terminal.type("Hello" + ENTER)
        begun = terminal.wait_for("Bob: ", after=start)
        terminal.type("later")
        ended = terminal.wait_for(" cached", after=begun)
        assert "later" not in terminal.text[begun:ended]
        terminal.wait_for(PROMPT + "later", after=ended)


def test_killed_engine_costs_one_line(endless: Terminal) -> None:
    start = len(endless.text)
    endless.type("Hello" + ENTER)
    begun = endless.wait_for("Bob: ", after=start)
    (worker,) = psutil.Process(endless.pid).children()
    worker.kill()
    died = endless.wait_for("killed by SIGKILL", after=begun)
    endless.wait_for(PROMPT, after=died)
    endless.type("Again" + ENTER)
    begun = endless.wait_for("Bob: ", after=died)
    endless.type(CTRL_C)
    endless.wait_for(" cached", after=begun)
    assert "Traceback" not in endless.text


def test_dumb_terminal_gets_no_escape_sequence(home_of_its_own: dict[str, str], tiny: Path) -> None:
    dumb = home_of_its_own | {"TERM": "dumb"}
    with Terminal([*PROGRAM, "-m", str(tiny), *SHORT], dumb) as terminal:
        wait_until_ready(terminal)
        say(terminal, "Hello/")
        terminal.type("/exit" + ENTER)
        assert terminal.exit_code() == 0
        assert "\x1b" not in terminal.text


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not here")
def test_eighty_by_twentyfour_in_tmux(
    home_of_its_own: dict[str, str], tiny: Path, tmp_path: Path
) -> None:
    """A paste of 200 lines, wide characters, editing in mid-line, a trailing slash."""
    tmux = ["tmux", "-S", str(tmp_path / "socket")]

    def screen(*wanted: str, gone: str = "nothing of the kind") -> str:
        deadline = time.monotonic() + 30
        while True:
            done = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, check=True)
            text = done.stdout.decode()
            if all(word in text for word in wanted) and gone not in text:
                return text
            assert time.monotonic() < deadline, text
            time.sleep(0.1)

    def keys(*names: str) -> None:
        subprocess.run([*tmux, "send-keys", *names], check=True)

    argv = [*PROGRAM, "-m", str(tiny), *SHORT, "-c", "8192"]
    size = ("-x", "80", "-y", "24")
    subprocess.run(
        [*tmux, "-f", os.devnull, "new-session", "-d", *size, *argv],
        check=True, env=home_of_its_own,
    )  # fmt: skip
    try:
        screen("capital of Russia.", "User:")
        keys("你好,世界 🙂🙂", "BSpace", "Left", "x", "Enter")
        screen("User: 你好,世界 x🙂\n", "Bob: ", " cached")
        keys("Paris is/", "Enter")
        screen("User: Paris is", gone="Paris is/")
        paste = "\n".join(f"line {number}" for number in range(200))
        subprocess.run([*tmux, "load-buffer", "-"], input=paste.encode(), check=True)
        subprocess.run([*tmux, "paste-buffer", "-p"], check=True)
        screen("line 199")
        keys("Enter")
        text = screen("line 199\nBob: ", " cached")
        assert text.count("[ Prompt: ") == 1
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
