"""Memory is looked at before a model is loaded, in every mode; and models have names everywhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from tests.catalog_file import NAME, offer
from tests.conftest import know_processor
from tests.e2e.conftest import PROGRAM, Run, needs_bob
from tests.e2e.tmux import TMUX, Tmux
from tests.hub_server import HubServer

TOO_LONG = ("-c", "50000000")
"""a context that no machine has the memory for"""


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        yield server


@pytest.fixture
def env(server: HubServer, tmp_path: Path, survey: bytes) -> dict[str, str]:
    """Bob is on the hub under another name, and in the catalogue."""
    know_processor(tmp_path / "home", survey)
    catalog = offer(server, tmp_path, BOB.read_bytes())
    return server.environment(tmp_path / "hf") | {
        "LLAMACHAT_CATALOG": str(catalog),
        "LLAMACHAT_HOME": str(tmp_path / "home"),
    }


@needs_bob
@pytest.mark.parametrize("mode", [("-p", "hi"), ("--plain",)])
def test_what_cannot_fit_is_refused_before_it_is_loaded(run: Run, mode: tuple[str, ...]) -> None:
    done = run("-m", "bob", *TOO_LONG, *mode)
    assert done.returncode == 5
    assert done.stdout == b""
    said = done.stderr.decode()
    assert "does not fit into memory: it needs about 187 GB" in said
    assert "It would fit with -c 2048; -fit off loads it all the same." in said


@needs_bob
def test_a_pulled_model_answers_by_its_name(run: Run, env: dict[str, str]) -> None:
    assert run("models", "pull", "talker", **env).returncode == 0
    assert run("models", "use", NAME, **env).returncode == 0
    question = ("-p", "What is the capital of Portugal?", "--temp", "0", "-fit", "off")
    for named in (("-m", "talker"), ()):
        assert b"Lisbon" in run(*named, *question, **env).stdout
    (row,) = [row for row in json.loads(run("models", "--json", **env).stdout) if row["in_use"]]
    assert row["name"] == "talker.Q8_0" and row["installed"]
    assert run("models", "rm", "talker", "--yes", **env).returncode == 0
    assert not Path(row["path"]).exists()


@needs_bob
@pytest.mark.slow
@pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
def test_from_the_first_start_to_the_first_answer(
    server: HubServer, env: dict[str, str], environment: dict[str, str], tmp_path: Path
) -> None:
    """Welcome, "Get it", a chat meanwhile, the model takes over, an answer; then the next start."""
    server.rate = BOB.stat().st_size / 1.5
    with Tmux(tmp_path / "tmux", environment | env) as terminal:
        terminal.run(shlex.join([*PROGRAM, "--temp", "0"]))
        terminal.wait_for("Talker in Q8_0 needs about")
        terminal.press("Enter")
        assert "%" in terminal.wait_for("↓ talker.Q8_0.gguf")
        terminal.wait_for("Talker in Q8_0 is here, verified")
        terminal.wait_until(lambda screen: "model talker" in screen, "the new model")
        terminal.type("What is the capital of Portugal?")
        terminal.press("Enter")
        terminal.wait_for("The capital of Portugal is Lisbon.")
        terminal.press("C-q")
        terminal.wait_for("exit code 0")
        terminal.run(shlex.join([*PROGRAM]))
        terminal.wait_until(lambda screen: "model talker" in screen, "the next start")
        terminal.press("C-q")
