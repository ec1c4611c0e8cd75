"""`llamachat doctor` as a person runs it: on this machine, and on broken ones."""

import json
import os
import platform
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llamachat.cli.doctor import run
from llamachat.errors import ExitCode
from llamachat.hardware.cores import default_threads, read_cores
from llamachat.hardware.isa import read_cpu
from tests.unit.cli.broken_engines import (
    TRAP,
    TRAP_IN_EVALUATION,
    compiled,
    engine_with_library,
    fake_engine,
    no_engine,
)

on_linux = pytest.mark.skipif(platform.system() != "Linux", reason="needs Linux' linker")

KILL = "import os; os.kill(os.getpid(), {})"
Breaker = Callable[[Path], dict[str, str]]
BROKEN: dict[str, tuple[Breaker, ExitCode, str]] = {
    "not installed": (no_engine, ExitCode.ENGINE, "is not installed"),
    "SIGILL at import": (
        lambda folder: fake_engine(folder, KILL.format(4)),
        ExitCode.CPU,
        "an illegal instruction (SIGILL)",
    ),
    "SIGSEGV at import": (
        lambda folder: fake_engine(folder, KILL.format(11)),
        ExitCode.ENGINE,
        "dies of SIGSEGV when it is loaded",
    ),
    "ImportError": (
        lambda folder: fake_engine(folder, "raise ImportError('libcudart.so.12: not found')"),
        ExitCode.ENGINE,
        "libcudart.so.12: not found",
    ),
    "empty package": (lambda folder: fake_engine(folder, ""), ExitCode.ENGINE, "cannot be loaded"),
    "damaged library": (
        lambda folder: engine_with_library(folder, b"\x7fELF cut short"),
        ExitCode.ENGINE,
        "cannot be loaded",
    ),
    "library for another processor": (
        lambda folder: engine_with_library(folder, compiled(folder, TRAP)),
        ExitCode.CPU,
        "an illegal instruction (SIGILL)",
    ),
}


def doctor(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "llamachat.cli.doctor", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )


def in_words(text: str) -> str:
    """Without line breaks, which fall where the width wants them."""
    return " ".join(text.split())


@pytest.mark.usefixtures("surveyed")
def test_doctor_finds_this_machine_well() -> None:
    answer = doctor()
    assert answer.returncode == 0, answer.stdout
    assert answer.stderr == ""
    assert "\x1b" not in answer.stdout
    for heading in ("Processor", "Instruction sets", "Memory", "Engine", "Terminal", "Folders"):
        assert re.search(f"^{heading}", answer.stdout, re.M)
    assert re.search(r"^(All is well|The engine runs here)", answer.stdout, re.M)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the doctor finds in a home where nobody was yet; and that home."""
    home = str(tmp_path_factory.mktemp("home"))
    answer = doctor("--json", LLAMACHAT_HOME=home)
    found: dict[str, Any] = json.loads(answer.stdout)
    assert answer.returncode == found["exit_code"] == 0
    return found | {"home": home}


def test_json_is_one_object_with_the_same_facts(found: dict[str, Any]) -> None:
    assert found["processor"]["model"] == read_cpu().model
    assert found["cores"]["threads"] == default_threads(read_cores())
    assert found["engine"]["state"] == "ok"
    assert 0 < found["memory"]["usable"] <= found["memory"]["total"]
    assert found["folders"]["data"]["path"] == f"{found['home']}/data"


def test_every_compiled_instruction_set_is_proved_by_evaluations(found: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in found["instruction_sets"]}
    used = {name for name, row in rows.items() if row["compiled"] and row["advertised"]}
    proved = {name for name, row in rows.items() if row["proved"]}
    assert proved <= used
    assert {name for name in used - proved if "AMX" not in name} == set()
    plain = [result for result in found["rungs"]["results"] if result["rung"] == "plain"]
    assert {result["outcome"] for result in plain} == {"ok"}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_engine_is_reported_and_not_met(name: str, tmp_path: Path) -> None:
    breaker, code, sentence = BROKEN[name]
    answer = doctor(**breaker(tmp_path))
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert answer.stderr == ""
    assert sentence in in_words(answer.stdout)
    assert "      llamachat doctor --rebuild\n" in answer.stdout
    assert "Traceback" not in answer.stdout


def test_broken_engine_still_gives_the_whole_object(tmp_path: Path) -> None:
    answer = doctor("--json", **fake_engine(tmp_path, KILL.format(4)))
    found = json.loads(answer.stdout)
    assert answer.returncode == found["exit_code"] == ExitCode.CPU
    assert (found["engine"]["state"], found["engine"]["signal"]) == ("died", "SIGILL")
    assert found["rungs"]["in_use"] == "unknown"
    assert {row["compiled"] for row in found["instruction_sets"]} == {None}


@on_linux
@pytest.mark.slow  # each type that dies costs a child; the engine's own tests have few types
def test_engine_that_dies_in_its_first_evaluation_cannot_run_here(tmp_path: Path) -> None:
    answer = doctor(LD_PRELOAD=str(compiled(tmp_path, TRAP_IN_EVALUATION)))
    assert answer.returncode == ExitCode.CPU, answer.stdout
    assert "dies in the first evaluation on every rung" in in_words(answer.stdout)
    assert re.search(r"no rung for +f32.*crashed \(SIG", in_words(answer.stdout))


def test_folder_that_cannot_be_made_stops_nothing() -> None:
    answer = doctor(LLAMACHAT_HOME="/dev/null/home")
    assert answer.returncode == 0
    assert "The data folder cannot be written: /dev/null/home/data" in in_words(answer.stdout)


def test_terminal_without_utf8_gets_a_report(tmp_path: Path) -> None:
    answer = doctor(PYTHONIOENCODING="ascii", LLAMACHAT_HOME=str(tmp_path / "Übung"))
    assert answer.returncode == 0
    assert "/\\xdcbung/data" in answer.stdout
    assert "export LANG=C.UTF-8" in answer.stdout


def on_a_terminal(**environ: str) -> str:
    """Everything the doctor writes to a pseudo-terminal, report and remarks alike."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "llamachat.cli.doctor"]
    env = {**os.environ, "NO_COLOR": "", **environ}
    child = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=env)
    os.close(follower)
    written = b""
    try:
        while block := os.read(leader, 4096):
            written += block
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(leader)
    child.wait()
    return written.decode()


@pytest.mark.usefixtures("surveyed")
def test_terminal_gets_colour_and_nothing_that_moves_the_cursor() -> None:
    written = re.sub(r"[^\n]*\r\x1b\[K", "", on_a_terminal(TERM="xterm-256color"))
    assert written.startswith("\x1b[1mProcessor\x1b[0m")
    assert "\x1b[32myes" in written
    assert "\x1b" not in re.sub(r"\x1b\[\d+m", "", written)


def test_slow_step_is_announced_and_wiped(tmp_path: Path) -> None:
    slow = fake_engine(tmp_path, "import time; time.sleep(0.6)")
    written = on_a_terminal(TERM="xterm", **slow)
    remark = "\r\x1b[KAsking the engine's library how it was built\r\x1b[K"
    assert written.startswith(f"{remark}\x1b[1mProcessor")


@pytest.mark.usefixtures("surveyed")
def test_dumb_terminal_gets_no_escapes() -> None:
    assert "\x1b" not in on_a_terminal(TERM="dumb")


def test_unknown_flag_is_wrong_usage() -> None:
    answer = doctor("--jsn")
    assert answer.returncode == ExitCode.USAGE
    assert "--jsn" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.usefixtures("surveyed")
def test_doctor_never_loads_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "llama_cpp" not in sys.modules
    assert capsys.readouterr().out.startswith("Processor\n")


@pytest.mark.usefixtures("surveyed")
def test_rebuild_comes_before_the_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from llamachat.install import engine_build

    asked = []

    def rebuild(*, say: Callable[[str], None], force: bool) -> None:
        asked.append(force)
        say("GCC 12.2 + AMX: adding -fno-dse")

    monkeypatch.setattr(engine_build, "rebuild_engine", rebuild)
    assert run(["--rebuild"]) == 0
    told = capsys.readouterr()
    assert asked == [True]
    assert told.err == "GCC 12.2 + AMX: adding -fno-dse\n"
    assert told.out.startswith("Processor\n")
