"""The full-screen chat as a person meets it: Bob in a real terminal, typed to and read from."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from tests.conftest import know_processor
from tests.e2e.conftest import PROGRAM, Run, needs_bob
from tests.e2e.tmux import TMUX, Tmux

pytestmark = [
    pytest.mark.skipif(TMUX is None, reason="tmux is not installed"),
    needs_bob,
]

QUESTION = "What is the capital of Portugal?"
ANSWER = "The capital of Portugal is Lisbon."
ENDLESS = "root ::= [a-z ] root"
FIGURES = re.compile(r"\d+ tokens · [\d.,]+ t/s")
"""below an answer that is complete"""
WORKER = "llamachat.engine.worker"


def llamachat(*argv: str) -> str:
    return shlex.join([*PROGRAM, *argv])


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path, survey: bytes) -> dict[str, str]:
    """A home without chats, in which the processor is known; and a size that was true once, as some
    programs hand on."""
    home = tmp_path / "home"
    know_processor(home, survey)
    return environment | {"LLAMACHAT_HOME": str(home), "COLUMNS": "80", "LINES": "24"}


@pytest.fixture
def terminal(environment: dict[str, str], tmp_path: Path) -> Iterator[Tmux]:
    with Tmux(tmp_path / "tmux", environment) as terminal:
        yield terminal


@pytest.mark.slow
def test_evening_with_bob(terminal: Tmux, run: Run) -> None:
    """Welcome, a question, another size, a long paste, other scripts, stop, quit, resume."""
    run("config", "set", "print_on_exit", "true")
    terminal.run(llamachat("--temp", "0"))
    terminal.wait_for("Welcome to llamachat")
    terminal.press("Escape")
    terminal.wait_until(lambda screen: "Welcome" not in screen, "the chat")
    ask(terminal, QUESTION, ANSWER)
    resize_and_return(terminal)
    paste_and_clear(terminal)
    ask(terminal, "你好,Bob! 今天好吗? café 🙂", "今天好吗? café 🙂")
    terminal.wait_until(lambda screen: len(FIGURES.findall(screen)) == 2, "a second answer")
    terminal.press("C-q")
    terminal.wait_for("exit code 0")
    printed = terminal.scrollback()
    assert f"## User\n\n{QUESTION}\n\n## Bob\n\n{ANSWER}\n" in printed
    assert "[ this chat is number 1: llamachat --resume 1 ]" in printed

    terminal.run(llamachat("--resume", "--grammar", ENDLESS))
    terminal.wait_for("今天好吗? café 🙂")
    terminal.press("F6", "Home")
    assert ANSWER in terminal.wait_for(QUESTION)
    terminal.press("F6")
    ask(terminal, "Name three fruits", "Writing")
    terminal.press("Escape")
    terminal.wait_for("stopped")
    terminal.press("C-q")
    terminal.wait_for("(stopped by hand)")


def resize_and_return(terminal: Tmux) -> None:
    terminal.resize(80, 24)
    terminal.wait_until(
        lambda screen: ANSWER in screen and "system available" not in screen, "a one-line panel"
    )
    terminal.resize(120, 36)
    terminal.wait_until(
        lambda screen: ANSWER in screen and "system available" in screen, "the panel beside it"
    )


def paste_and_clear(terminal: Tmux) -> None:
    terminal.paste("".join(f"line {number} of many\n" for number in range(1, 201)))
    assert "line 199" not in terminal.wait_for("[Pasted text #1 · 200 lines]")
    terminal.press("C-c")
    terminal.wait_until(lambda screen: "Pasted text" not in screen, "an empty composer")


@pytest.mark.slow
def test_killed_engine_and_killed_app_lose_no_chat(terminal: Tmux) -> None:
    """Each in mid-answer; the terminal is usable after `reset`."""
    terminal.run(llamachat("-m", str(BOB), "--grammar", ENDLESS))
    ask(terminal, "Name three fruits", "Writing")
    terminal.process(WORKER).kill()
    terminal.wait_for("SIGKILL")
    terminal.wait_for("Restarted")
    ask(terminal, "Name three more", "Writing")
    worker, app = terminal.process(WORKER), terminal.process("-m llamachat")
    app.kill()
    terminal.wait_for("exit code 137")
    worker.wait(5)
    terminal.type("reset; echo usable")
    terminal.press("C-j")
    terminal.wait_for("usable")
    assert terminal.state("mouse_any_flag") == "0"
    terminal.run(llamachat("--resume", "1", "--temp", "0"))
    terminal.wait_for("cut: ")
    ask(terminal, QUESTION, ANSWER)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow)],
)
def test_signals_that_leave_time_lose_no_letter(
    terminal: Tmux, run: Run, number: signal.Signals, code: int
) -> None:
    terminal.run(llamachat("-m", str(BOB)))
    terminal.wait_for("Message Bob")
    terminal.type("some words being typed")
    terminal.wait_for("being typed")
    terminal.process("llamachat").send_signal(number)
    terminal.wait_for(f"exit code {code}")
    assert "some words being typed" in run("chats", "show", "1", "--json").stdout.decode()


def test_terminal_without_a_screen_gets_plain_lines(terminal: Tmux, run: Run) -> None:
    """TERM=dumb; and asked for in a pipe, the full screen is refused in words."""
    terminal.run(f"TERM=dumb {llamachat('--temp', '0', '--no-save')}")
    terminal.wait_for("User: Please tell me")
    terminal.type(QUESTION)
    terminal.press("Enter")
    terminal.wait_for(f"Bob: {ANSWER}")
    assert terminal.state("alternate_on") == "0"
    terminal.press("C-d")
    terminal.wait_for("exit code 0")
    refused = run("--tui", stdin=b"Hello\n")
    assert refused.returncode == 2
    assert "A full screen is impossible: standard input is not a terminal." in (
        refused.stderr.decode()
    )


def ask(terminal: Tmux, text: str, answer: str) -> None:
    terminal.wait_for("Message Bob")
    terminal.type(text)
    terminal.press("Enter")
    terminal.wait_for(answer)
