"""Chats outlive the program: kept by the dialog, listed and exported by the shell, resumed."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from tests.conftest import know_processor
from tests.e2e.conftest import PROGRAM, Run
from tests.e2e.terminal import Terminal

needs_bob = pytest.mark.skipif(not BOB.is_file(), reason="Bob has not been built")
PLAIN = ("--plain", "--temp", "0")
QUESTION = "What is the capital of Portugal?"
ANSWER = "The capital of Portugal is Lisbon."


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path, survey: bytes) -> dict[str, str]:
    """A home without chats, in which the processor is known."""
    home = tmp_path / "home of chats"
    know_processor(home, survey)
    return environment | {"LLAMACHAT_HOME": str(home)}


@needs_bob
def test_dialog_is_kept_listed_exported_and_resumed(run: Run, tmp_path: Path) -> None:
    said = run(*PLAIN, stdin=f"{QUESTION}\n".encode())
    assert said.stdout.decode() == f"{ANSWER}\n"
    (chat,) = json.loads(run("chats", "list", "--json").stdout)
    assert (chat["title"], chat["messages"], chat["model"]) == (QUESTION, 2, "bob")
    again = run("--resume", "--temp", "0", stdin=b"/prompt\nName three fruits\n")
    assert f"User: {QUESTION}\nBob: {ANSWER}\nUser:" in again.stderr.decode()
    path = tmp_path / "chat.md"
    assert run("chats", "export", "-o", path).returncode == 0
    text = path.read_text()
    assert f"## User\n\n{QUESTION}\n\n## Bob\n\n{ANSWER}\n\n## User\n\nName three fruits" in text
    assert again.stdout.decode().strip() in text


@needs_bob
def test_terminal_says_how_to_resume_and_shows_what_was_said(environment: dict[str, str]) -> None:
    with Terminal([*PROGRAM, *PLAIN, "-co", "off", "-p", QUESTION, "-st"], environment) as first:
        first.wait_for("[ this chat is number 1: llamachat --resume 1 ]")
        assert first.exit_code() == 0
    with Terminal([*PROGRAM, "--plain", "--resume", "1", "-co", "off"], environment) as second:
        shown = second.wait_for(f"[ chat 1: {QUESTION} ]")
        told = second.wait_for(f"User: {QUESTION}\r\nBob: {ANSWER}\r\n", after=shown)
        second.wait_for("User: ", after=told)
        second.type("/exit\r")
        second.wait_for("[ this chat is number 1", after=told)
        assert second.exit_code() == 0
        assert "largest city in Europe" not in second.text


def test_look_at_the_dialog_leaves_no_chat(run: Run, tiny: Path) -> None:
    assert run("-m", tiny, *PLAIN, stdin=b"/stats\n").returncode == 0
    assert run("chats", "list", "--json").stdout == b"[]\n"


def test_single_answers_and_no_save_are_not_kept(run: Run, tiny: Path) -> None:
    run("-m", tiny, "-p", "Hello", "-n", "4")
    run("-m", tiny, *PLAIN, "--no-save", "-n", "4", stdin=b"Hello\n")
    assert run("chats", "list", "--json").stdout == b"[]\n"


def test_resumed_chat_is_led_with_its_own_model(run: Run, tiny: Path) -> None:
    run("-m", tiny, *PLAIN, "-n", "4", stdin=b"Hello\n")
    again = run("--resume", "-n", "4", stdin=b"Again\n")
    assert f"file            = {tiny}" in again.stderr.decode()
    tiny_chat = json.loads(run("chats", "list", "--json").stdout)[0]
    assert (tiny_chat["messages"], tiny_chat["model"]) == (4, "tiny")


def test_killed_program_loses_at_most_the_last_moment(
    environment: dict[str, str], run: Run, tiny: Path
) -> None:
    argv = [*PROGRAM, "-m", str(tiny), "--plain", "--ignore-eos", "-c", "2048", "--temp", "0"]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, bufsize=0,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"Hello\n")
        seen = process.stdout.read(40).decode("utf-8", "ignore")
        time.sleep(0.3)
        process.kill()
    chat = json.loads(run("chats", "show", "--json").stdout)
    user, answer = chat["messages"]
    assert user["content"] == "Hello"
    assert answer["finish_reason"] == "abandoned"
    assert answer["content"].startswith(seen[:20])


def test_unknown_chat_says_where_to_look(run: Run) -> None:
    done = run("--resume", "7")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "llamachat: There is no chat 7.",
        "See those there are: llamachat chats list",
    ]
