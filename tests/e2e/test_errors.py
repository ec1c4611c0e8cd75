"""What goes wrong is one plain sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAM, Run


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["-m", "{tmp}/none.gguf"], 3, "none.gguf"),
        (["-m", "{tmp}"], 3, "folder"),
        (["-m", "{tmp}/empty.gguf"], 3, "empty"),
        (["-m", "{tmp}/pointer.gguf"], 3, "LFS"),
        (["-m", "{tmp}/short.gguf"], 3, "cut off"),
        (["-m", "llama-7b"], 3, "no model"),
        (["--top-q", "1"], 2, "--top-p"),
        (["--temp", "warm"], 2, "--temp takes a number"),
        (["-f", "{tmp}/none.txt"], 2, "none.txt"),
        (["-f", "{tmp}/latin1.txt"], 2, "latin1.txt is not UTF-8"),
        (["-f", "{tmp}/short.gguf"], 2, "zero byte"),
        (["-p", ""], 2, "prompt is empty"),
        (["--grammar", "root :="], 2, "grammar"),
        (["-j", "{"], 2, "JSON schema"),
        (["--log-file", "{tmp}/no/such/dir"], 1, "log file"),
    ],
)
def test_error_is_a_sentence_and_a_code(
    run: Run, tiny: Path, tmp_path: Path, argv: list[str], code: int, words: str
) -> None:
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "pointer.gguf").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 3825807040\n"
    )
    (tmp_path / "short.gguf").write_bytes(tiny.read_bytes()[:5000])
    (tmp_path / "latin1.txt").write_bytes(b"caf\xe9")
    defaults = ["-m", str(tiny)] if "-m" not in argv else []
    prompt = ["-p", "Hello"] if not {"-p", "-f"} & set(argv) else []
    done = run(
        *defaults, *prompt, *(word.replace("{tmp}", str(tmp_path)) for word in argv), "-n", "2"
    )
    told = done.stderr.decode()
    assert done.returncode == code, told
    assert done.stdout == b""
    assert words in told
    assert "llamachat: " in told
    assert "Traceback" not in told
    assert told.count("\n") <= 5


def test_prompt_longer_than_the_context_is_refused(run: Run, tiny: Path) -> None:
    done = run("-m", tiny, "-c", "256", "-p", "word " * 600)
    assert done.returncode == 2
    assert b"context" in done.stderr


def test_closed_stdout_is_an_error_not_a_traceback(environment: dict[str, str], tiny: Path) -> None:
    command = f"{sys.executable} -m llamachat -m {tiny} -p Hello -n 3 >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, env=environment, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_a_sentence(environment: dict[str, str], tiny: Path) -> None:
    with open(os.devnull, "rb") as nothing, open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*PROGRAM, "-m", str(tiny), "-p", "Hello", "-n", "3"],
            stdin=nothing, stdout=full, stderr=subprocess.PIPE, env=environment, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert b"cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr
