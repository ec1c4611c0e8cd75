"""Tab works in the real shells."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from llamachat.cli.commands import COMMANDS
from llamachat.cli.completion import SHELLS, run
from llamachat.cli.flags.table import BY_NAME
from llamachat.errors import UsageError

BASH_TAB = """
source ./script
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _llamachat; }
complete_words "$@"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the shell stands: models, a grammar, a folder, a name with a space."""
    for name in ("a.gguf", "b c.gguf", "list.gbnf", "other.txt"):
        (tmp_path / name).touch()
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(shell: str, folder: Path) -> Path:
    path = folder / "script"
    path.write_bytes(printed(shell))
    return path


@cache
def printed(shell: str) -> bytes:
    """What the program prints; a third of a second."""
    command = [sys.executable, "-m", "llamachat", "completion", shell]
    return subprocess.run(command, capture_output=True, check=True).stdout


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not here")


def bash_tab(folder: Path, *words: str) -> set[str]:
    script("bash", folder)
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH_TAB, "bash", "llamachat", *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return set(done.stdout.splitlines()) - {"script"}


CASES = [
    (["--top-"], {"--top-k", "--top-p", "--top-nsigma", "--top-n-sigma"}),
    (["-fa", ""], {"on", "off", "auto"}),
    (["-lm", "mm"], {"mmap", "mmap+mlock"}),
    (["-m", ""], {"a.gguf", "b c.gguf", "models"}),
    (["-t", "4", "--grammar-file", "l"], {"list.gbnf"}),
    (["compl"], {"completion"}),
    (["completion", "z"], {"zsh"}),
    (["doctor", "--j"], {"--json"}),
    (["chats", "und"], {"undelete"}),
    (["chats", "export", "--fo"], {"--format", "--force"}),
    (["--res"], {"--resume"}),
    (["build", "mo"], {"models"}),
    (["build", "models", "--adapter-o"], {"--adapter-only"}),
    (["build", "models", "--intermediate", "b"], {"bf16"}),
]


@needs("bash")
@pytest.mark.parametrize(("words", "found"), CASES)
def test_bash_completes(folder: Path, words: list[str], found: set[str]) -> None:
    assert bash_tab(folder, *words) == found


@needs("bash")
def test_bash_completes_after_an_equals_sign(folder: Path) -> None:
    assert bash_tab(folder, "--flash-attn", "=", "o") == {"on", "off"}


@needs("bash")
def test_bash_knows_every_flag_and_command(folder: Path) -> None:
    assert bash_tab(folder, "") == BY_NAME.keys() | COMMANDS.keys()


@needs("fish")
@pytest.mark.parametrize(("words", "found"), [case for case in CASES if case[0][0] != "-lm"])
def test_fish_completes(folder: Path, words: list[str], found: set[str]) -> None:
    script("fish", folder)
    line = " ".join(["llamachat", *words])
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source script; complete -C '{line}'"],
        capture_output=True, text=True, check=True, env=os.environ | {"HOME": str(folder)},
    )  # fmt: skip
    offered = {
        row.split("\t")[0].rstrip("/").replace("\\ ", " ") for row in done.stdout.split("\n")
    }
    assert found <= offered
    if words[-1].startswith("--"):
        assert offered - {""} == found


@needs("zsh")
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("llamachat --flash-a", "llamachat --flash-attn "),
        ("llamachat -fa of", "llamachat -fa off "),
        ("llamachat -m a", "llamachat -m a.gguf "),
        ("llamachat doctor --js", "llamachat doctor --json "),
        pytest.param("llamachat compl", "llamachat completion ", marks=pytest.mark.slow),
        pytest.param(
            "llamachat completion f", "llamachat completion fish ", marks=pytest.mark.slow
        ),
        pytest.param("llamachat build mod", "llamachat build models/", marks=pytest.mark.slow),
    ],
)
def test_zsh_completes(folder: Path, typed: str, completed: str) -> None:
    script("zsh", folder)
    screen = zsh_tab(folder, typed, completed)
    assert completed in screen, screen


def zsh_tab(folder: Path, typed: str, completed: str) -> str:
    """Type into an interactive zsh, press Tab, and read what it shows until that appears."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "dumb", "HOME": str(folder), "PS1": "> "}
        os.execvp("zsh", ["zsh", "-f", "-i"])
    try:
        read_until(terminal, "> ")
        os.write(terminal, b"autoload -Uz compinit; compinit -D; source ./script; print re''ady\n")
        read_until(terminal, "ready\r\n")
        os.write(terminal, typed.encode() + b"\t")
        return read_until(terminal, completed)
    finally:
        os.write(terminal, b"\x15exit\n")
        os.close(terminal)
        os.waitpid(pid, 0)


def read_until(terminal: int, sign: str) -> str:
    """Everything up to `sign`, or what came within ten seconds."""
    text, deadline = "", time.monotonic() + 10
    while sign not in text and time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 1.0)
        if ready:
            text += os.read(terminal, 65536).decode("utf-8", "replace")
    return text


def test_unknown_shell_is_refused() -> None:
    with pytest.raises(UsageError, match="tcsh"):
        run(["tcsh"])


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts_come_out(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([shell]) == 0
    assert "llamachat" in capsys.readouterr().out
