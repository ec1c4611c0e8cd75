"""What the doctor makes of a child that answers, fails, dies or hangs."""

import json
import sys

import pytest

from llamachat.cli.doctor import library
from llamachat.cli.doctor.library import Library, read_library

FOUND = {"version": "0.3.36", "folder": "/lib", "sha256": "abc"}


def ask(code: str) -> Library:
    return read_library(
        (sys.executable, "-c", f"import json, os\nprint({json.dumps(FOUND)!r})\n{code}")
    )


def test_child_that_is_killed_leaves_what_it_said_before() -> None:
    found = ask("import sys; sys.stdout.flush(); os.kill(os.getpid(), 4)")
    assert (found.state, found.signal) == ("died", "SIGILL")
    assert (found.version, found.folder, found.sha256) == ("0.3.36", "/lib", "abc")


def test_child_that_raises_is_broken_for_its_reason() -> None:
    found = ask("raise OSError('no such library')")
    assert found.state == "broken"
    assert found.problem.endswith("OSError: no such library")


def test_child_that_reports_an_error_is_broken() -> None:
    found = ask("print(json.dumps({'error': 'It is damaged.'})); raise SystemExit(6)")
    assert (found.state, found.problem) == ("broken", "It is damaged.")


def test_child_that_finds_nothing_means_the_engine_is_missing() -> None:
    code = "import json; print(json.dumps({'error': 'Not installed.'})); raise SystemExit(6)"
    found = read_library((sys.executable, "-c", code))
    assert (found.state, found.problem, found.folder) == ("missing", "Not installed.", "")


def test_child_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PATIENCE", 0.2)
    found = read_library((sys.executable, "-c", "import time; time.sleep(60)"))
    assert found.state == "broken"
    assert "did not answer" in found.problem


def test_stray_lines_of_a_child_are_not_facts() -> None:
    assert ask("print('ggml_cuda_init: found 1 device'); raise SystemExit(1)").folder == "/lib"


def test_installed_library_tells_how_it_was_built() -> None:
    found = read_library()
    assert found.state == "ok", found.problem
    assert found.system_info.startswith("CPU : ")
    assert "CPU" in found.backends
    assert found.devices[-1].type == "cpu"
    assert len(found.sha256) == 64
