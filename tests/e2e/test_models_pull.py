"""Models from a hub on this machine: pulled, stopped, resumed, refused, and chatted with."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import know_processor
from tests.e2e.conftest import PROGRAM, Run
from tests.e2e.terminal import CTRL_C, Terminal
from tests.hub_server import Cut, HubServer, Page
from tests.hub_server.hub import TOKEN

REPO = "user/talker-GGUF"
NAME = "talker.Q8_0.gguf"


@pytest.fixture(scope="module")
def data(tiny: Path) -> bytes:
    return tiny.read_bytes()


@pytest.fixture
def server(data: bytes) -> Iterator[HubServer]:
    with HubServer() as server:
        server.add(REPO, {NAME: data})
        yield server


@pytest.fixture
def env(server: HubServer, tmp_path: Path, survey: bytes) -> dict[str, str]:
    know_processor(tmp_path / "home", survey)
    return server.environment(tmp_path / "hf") | {"LLAMACHAT_HOME": str(tmp_path / "home")}


def test_pull_prints_the_path_and_the_second_time_fetches_nothing(
    run: Run, server: HubServer, env: dict[str, str], data: bytes
) -> None:
    server.rate = len(data) / 0.6
    first = run("models", "pull", f"hf:{REPO}", **env)
    assert first.returncode == 0, first.stderr
    path = Path(first.stdout.decode().strip())
    assert path.read_bytes() == data
    assert f"{NAME}, {len(data) / 1e6:.2f} MB, from hf:{REPO}/{NAME} at " in first.stderr.decode()
    assert first.stderr.count(b"0 %, ") >= 2
    assert b"\r" not in first.stderr
    again = run("models", "pull", f"{REPO}:q8_0", **env)
    assert again.stdout == first.stdout
    assert b"it is here already" in again.stderr
    assert server.sent == len(data)


def test_json_is_the_whole_answer(run: Run, env: dict[str, str], data: bytes) -> None:
    plan = run("models", "pull", f"hf:{REPO}", "--dry-run", "--json", **env)
    (facts,) = json.loads(plan.stdout)
    assert (facts["size"], facts["complete"], facts["received"]) == (len(data), False, 0)
    done = run("models", "pull", f"hf:{REPO}", "--json", **env)
    (facts,) = json.loads(done.stdout)
    assert facts["complete"]
    assert Path(facts["path"]).is_file()
    assert len(facts["sha256"]) == 64


def test_a_model_answers_from_the_hub_and_later_without_it(
    run: Run, server: HubServer, env: dict[str, str]
) -> None:
    asked = ("-hf", f"{REPO}:Q8_0", "-p", "Hello", "-n", "4", "--temp", "0", "-no-cnv")
    online = run(*asked, **env)
    assert online.returncode == 0, online.stderr
    assert online.stdout
    requests = len(server.requests)
    later = run(*asked, "--offline", **env)
    assert (later.returncode, later.stdout) == (0, online.stdout)
    assert len(server.requests) == requests


@pytest.mark.slow
def test_a_plain_dialog_takes_its_model_from_the_hub(run: Run, env: dict[str, str]) -> None:
    done = run("-hf", REPO, "-hff", NAME, "--plain", "-n", "4", stdin=b"Hello\n", **env)
    assert done.returncode == 0, done.stderr
    assert NAME in done.stderr.decode()


def test_offline_it_must_be_there(run: Run, server: HubServer, env: dict[str, str]) -> None:
    done = run("-hf", REPO, "--offline", "-p", "Hello", **env)
    assert done.returncode == 4
    assert b"is not in the cache, and the network is forbidden" in done.stderr
    assert not server.requests


def test_a_gated_model_opens_with_a_token(
    run: Run, server: HubServer, env: dict[str, str], data: bytes
) -> None:
    server.add("meta/gated-GGUF", {NAME: data}, access="gated")
    refused = run("models", "pull", "meta/gated-GGUF", **env)
    assert refused.returncode == 4
    assert b"meta/gated-GGUF is gated" in refused.stderr
    assert b"HF_TOKEN=hf_" in refused.stderr
    done = run("models", "pull", "meta/gated-GGUF", **env, HF_TOKEN=TOKEN)
    assert done.returncode == 0
    assert run("models", "rm", "--yes", "hf:meta/gated-GGUF/" + NAME, **env).returncode == 0
    done = run(
        "-hf", "meta/gated-GGUF", "-hff", NAME, "--hf-token", TOKEN, "-p", "Hello", "-n", "2", **env
    )
    assert done.returncode == 0, done.stderr


def test_a_proxy_is_used_for_the_hub_and_for_the_bytes(
    run: Run, server: HubServer, env: dict[str, str], data: bytes
) -> None:
    """The server itself is the proxy: names that nobody can look up arrive there."""
    own, proxy = server.cdn, server.url
    server.cdn = "http://bytes.invalid"
    try:
        given = {"HF_ENDPOINT": "http://hub.invalid", "HTTP_PROXY": proxy, "http_proxy": proxy}
        done = run("models", "pull", f"hf:{REPO}", **env | given)
    finally:
        server.cdn = own
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.decode().strip()).read_bytes() == data
    assert {request.path.split("/")[2] for request in server.requests} == {
        "hub.invalid", "bytes.invalid",
    }  # fmt: skip


@pytest.mark.slow
def test_a_page_in_between_is_an_error_of_the_transfer(
    run: Run, server: HubServer, env: dict[str, str]
) -> None:
    server.faults.append(Page())
    done = run("models", "pull", f"hf:{REPO}", **env)
    assert done.returncode == 4
    assert b"sent a web page instead of" in done.stderr
    assert not done.stdout


def test_a_signal_keeps_what_was_received(
    run: Run,
    server: HubServer,
    env: dict[str, str],
    environment: dict[str, str],
    data: bytes,
) -> None:
    server.rate = 500_000
    with subprocess.Popen(
        [*PROGRAM, "models", "pull", f"hf:{REPO}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment | env,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 30
        while server.sent < 100_000 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 143
    assert b"What was received is kept; the same command goes on." in err
    assert not out
    server.rate = None
    done = run("models", "pull", f"hf:{REPO}", **env)
    assert b" of it are here." in done.stderr
    assert Path(done.stdout.decode().strip()).read_bytes() == data
    assert "range" in server.asked("cdn")[-1].headers


def test_a_terminal_shows_one_line_that_goes_away(
    server: HubServer, env: dict[str, str], environment: dict[str, str], data: bytes
) -> None:
    server.rate = len(data) / 1.2
    server.faults.append(Cut(len(data) // 2))
    with Terminal([*PROGRAM, "models", "pull", f"hf:{REPO}"], environment | env) as terminal:
        terminal.wait_for("trying again: the connection was lost")
        terminal.wait_for("MB/s")
        terminal.wait_for("left")
        assert terminal.exit_code() == 0
    assert terminal.text.count("\n") == 3
    assert "\r\x1b[K" in terminal.text
    assert "Verified. Chat with it:" in terminal.text


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_leaves_a_clean_line(
    server: HubServer, env: dict[str, str], environment: dict[str, str]
) -> None:
    server.rate = 300_000
    with Terminal([*PROGRAM, "-hf", REPO, "-p", "Hello"], environment | env) as terminal:
        terminal.wait_for("MB/s")
        terminal.type(CTRL_C)
        assert terminal.exit_code() == 130
    assert terminal.text.rstrip().endswith("the same command goes on.")
    assert "\r\x1b[Kllamachat: The transfer was stopped." in terminal.text.replace("^C", "")
