"""A chat killed with all its processes at any moment, while KV states are saved and restored."""

from __future__ import annotations

import json
import random
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import PROGRAM, Run, needs_bob

LINES = b"Hello, Bob.\nWhat is the capital of France?\nAnd of Italy?\nThank you.\n" * 4


def kill_after(seconds: float, environment: dict[str, str]) -> None:
    """Begin or go on with a chat, and kill the program, its worker and what the worker made."""
    command = [*PROGRAM, "--plain", "--temp", "0", *(["--resume"] if has_chat(environment) else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment,
    ) as program:  # fmt: skip
        assert program.stdin is not None
        program.stdin.write(LINES)
        program.stdin.flush()
        time.sleep(seconds)
        own = psutil.Process(program.pid)
        for process in [*own.children(recursive=True), own]:
            process.kill()


def has_chat(environment: dict[str, str]) -> bool:
    return Path(environment["LLAMACHAT_HOME"], "data", "chats.db").exists()


@needs_bob
@pytest.mark.parametrize("kills", [1, pytest.param(60, marks=pytest.mark.slow)])
def test_the_chat_goes_on_and_nothing_unfinished_is_left(
    run: Run, environment: dict[str, str], tmp_path: Path, kills: int
) -> None:
    # Every turn is saved, so that there is always something to tear.
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import llamachat.chat.kv_keeper as kept\nkept.WORTH_DISTURBING = kept.WORTH_SAVING = 1\n"
    )
    again = {"LLAMACHAT_HOME": str(tmp_path), "PYTHONPATH": str(tmp_path / "site")}
    run("--plain", stdin=b"Hello.\n", **again)
    chance = random.Random(kills)
    for _ in range(kills):
        kill_after(chance.uniform(0.3, 1.5), environment | again)
    done = run("--plain", "--resume", "--temp", "0", stdin=b"And of Spain?\n", **again)
    assert done.returncode == 0
    assert done.stdout
    run("--plain", "--resume", stdin=b"Good.\n", **again)
    deadline = time.monotonic() + 60  # a copy takes only time that nobody else wants
    while list((tmp_path / "cache" / "kv").glob(".*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = sorted(path.name for path in (tmp_path / "cache" / "kv").iterdir())
    assert all(name.startswith("chat-") for name in left), left
    shown = json.loads(run("cache", "--json", **again).stdout)
    assert 1 <= len(shown["states"]) <= 2
