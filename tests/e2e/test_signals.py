"""Ctrl+C, SIGTERM and a reader that leaves: quick, quiet, and nothing printed is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAM
from tests.e2e.terminal import CTRL_C, Terminal

ENDLESS = ("-n", "-1", "--ignore-eos", "--context-shift", "-c", "256")


def test_reader_that_leaves_ends_it_quietly(environment: dict[str, str], tiny: Path) -> None:
    """`| head -c 5` with an endless answer."""
    began = time.monotonic()
    with subprocess.Popen(
        [*PROGRAM, "-m", str(tiny), "-p", "Hello", *ENDLESS],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert len(process.stdout.read(5)) == 5
        process.stdout.close()
        left = time.monotonic()
        assert process.wait(timeout=20) == 141
        assert time.monotonic() - left < 1.0
        assert b"Traceback" not in process.stderr.read()
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_keeps_what_was_printed(
    environment: dict[str, str], tiny: Path, number: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [*PROGRAM, "-m", str(tiny), "-p", "Hello", *ENDLESS],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        bufsize=0,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        first = process.stdout.read(20)
        process.send_signal(number)
        rest, told = process.communicate(timeout=10)
    assert process.returncode == code
    assert b"Traceback" not in told
    assert first
    assert (first + rest).decode()


def test_signal_ends_json_with_what_there_is(environment: dict[str, str], tiny: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "-m", str(tiny), "-p", "Hello", *ENDLESS, "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        bufsize=0,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        process.stderr.readline()  # the context is full: the answer is under way
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert json.loads(out)["finish_reason"] == "cancelled"
    assert len(json.loads(out)["text"]) > 20


def test_ctrl_c_in_a_terminal_keeps_the_text(environment: dict[str, str], tiny: Path) -> None:
    argv = [*PROGRAM, "-m", str(tiny), "-p", "Hello", *ENDLESS]
    with Terminal(argv, environment) as terminal:
        terminal.wait_for("The context is full")
        terminal.type(CTRL_C)
        assert terminal.exit_code() == 130
        assert "Traceback" not in terminal.text
        assert terminal.text.endswith("\r\n")


def test_ctrl_c_while_the_prompt_is_typed_leaves(environment: dict[str, str]) -> None:
    argv = [*PROGRAM, "-f", "-"]
    with Terminal(argv, environment) as terminal:
        terminal.wait_for("Ctrl+D")
        time.sleep(0.2)  # now it waits for keys
        terminal.type(CTRL_C)
        assert terminal.exit_code() == 130
        assert "Traceback" not in terminal.text
