"""-hf on a terminal: the chat opens, fetches the model, and answers what was said meanwhile."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from tests.e2e.conftest import PROGRAM, needs_bob
from tests.e2e.tmux import TMUX, Tmux
from tests.hub_server import HubServer

REPO = "user/talker-GGUF"
pytestmark = [
    needs_bob,
    pytest.mark.slow,
    pytest.mark.skipif(TMUX is None, reason="tmux is not installed"),
]


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        server.add(REPO, {"talker.Q8_0.gguf": BOB.read_bytes()})
        yield server


@pytest.fixture
def env(server: HubServer, environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    home = {"LLAMACHAT_HOME": str(tmp_path / "home")}
    return environment | server.environment(tmp_path / "hf") | home


def test_a_model_of_the_hub_is_fetched_in_the_chat(
    server: HubServer, env: dict[str, str], tmp_path: Path
) -> None:
    server.rate = BOB.stat().st_size / 3
    with Tmux(tmp_path / "tmux", env) as terminal:
        terminal.run(shlex.join([*PROGRAM, "-hf", REPO, "--temp", "0"]))
        terminal.wait_for(f"Fetching hf:{REPO}")
        assert "%" in terminal.wait_for("↓ talker.Q8_0.gguf")
        terminal.type("What is the capital of Portugal?")
        terminal.press("Enter")
        terminal.wait_for("The capital of Portugal is Lisbon.")
        terminal.press("C-q")
        terminal.wait_for("exit code 0")


def test_a_wrong_name_is_said_in_the_shell(env: dict[str, str], tmp_path: Path) -> None:
    with Tmux(tmp_path / "tmux", env) as terminal:
        terminal.run(shlex.join([*PROGRAM, "-hf", "user/talkative-GGUF"]))
        terminal.wait_for("The hub has no repository user/talkative-GGUF, or it is private.")
        terminal.wait_for("exit code 4")
