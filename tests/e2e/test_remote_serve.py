"""Our own two halves: a chat on one side, `llamachat serve` on the other, both real processes."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from llamachat.bundled import BOB
from tests.e2e.conftest import PROGRAM, Run, needs_bob

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytestmark = [needs_bob, pytest.mark.slow]

SOBER = ("--temp", "0", "-n", "40")
PATIENCE = 60.0


@pytest.fixture(scope="module")
def url(environment: dict[str, str]) -> Iterator[str]:
    """Bob, behind a key."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*PROGRAM, "serve", "-m", str(BOB), "--port", str(port), "--log-disable"],
        env=environment | {"LLAMACHAT_API_KEY": "sk-serve"},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + PATIENCE
        while not _healthy(address):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_single_answer_is_the_same_here_and_there(run: Run, url: str) -> None:
    asked = ("-no-cnv", "-p", "Once upon a time", *SOBER)
    here = run("-m", BOB, *asked)
    there = run("--endpoint", url, *asked, LLAMACHAT_API_KEY="sk-serve")
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout


def test_a_chat_goes_through_both_protocols(run: Run, url: str) -> None:
    for form in ("-T", "bob"), ("-cnv",):
        done = run(
            *("--endpoint", url, *form, "--plain", *SOBER),
            stdin=b"Hello.\nAnd now?\n",
            LLAMACHAT_API_KEY="sk-serve",
        )
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.split()) > 8


def test_figures_come_back(run: Run, url: str) -> None:
    done = run("--endpoint", url, "-p", "Hi", "--json", *SOBER, LLAMACHAT_API_KEY="sk-serve")
    told = json.loads(done.stdout)
    assert told["tokens"]["prompt"] > 0
    assert told["tokens"]["generated"] > 0
    assert told["timings"]["predicted_per_second"] > 0
    assert told["model"]["n_ctx"] > 0


def test_without_its_key_nothing_is_answered(run: Run, url: str) -> None:
    done = run("--endpoint", url, "-p", "Hi")
    assert done.returncode == 2
    assert b"wants a key" in done.stderr
