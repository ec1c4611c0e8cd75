"""What the README shows can be typed, and prints what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from tests.e2e.conftest import Run, needs_bob

TEXT = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
(SCRIPTS,) = re.findall(r"```\n(\$ llamachat -p .*?)```", TEXT, re.DOTALL)
EXAMPLES = re.findall(r"^\$ (.+)\n([^$]+)", SCRIPTS, re.MULTILINE)
(PYTHON,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_examples_are_found() -> None:
    assert len(EXAMPLES) == 2
    assert "open_engine" in PYTHON


@needs_bob
@pytest.mark.parametrize(("line", "answer"), EXAMPLES)
def test_an_answer_is_the_one_that_is_shown(run: Run, line: str, answer: str) -> None:
    echo, pipe, call = line.rpartition(" | ")
    done = run(
        *shlex.split(call)[1:], stdin=shlex.split(echo)[1].encode() + b"\n" if pipe else None
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().strip() == answer.strip()


@needs_bob
def test_the_python_example_runs(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "model.gguf").symlink_to(BOB)
    done = subprocess.run(
        [sys.executable, "-c", PYTHON],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 10


@needs_bob
def test_the_worker_can_be_driven_by_hand(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "model.gguf").symlink_to(BOB)
    (request,) = re.findall(r"^\$ echo '(\{\"op\": .*\})' \|$", TEXT, re.MULTILINE)
    assert "python -m llamachat.engine.worker --model model.gguf\n" in TEXT
    done = subprocess.run(
        [sys.executable, "-m", "llamachat.engine.worker", "--model", "model.gguf"],
        input=request, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert '"done"' in done.stdout
