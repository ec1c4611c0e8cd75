"""A real server in a process of its own, on Bob, asked by OpenAI's own client."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from llamachat.bundled import bundled_model
from tests.conftest import know_processor

if TYPE_CHECKING:
    import openai

if not all(map(find_spec, ("openai", "uvicorn"))):
    collect_ignore_glob = ["test_*.py"]

KEY = "a-key-for-tests"
QUEUE = 3
N_CTX = 1024


@dataclass
class Running:
    """A server that is up."""

    process: subprocess.Popen[str]
    url: str = ""
    log: list[str] = field(default_factory=list)

    @cached_property
    def client(self) -> openai.OpenAI:
        """One for all, closed with the server."""
        import openai

        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=KEY, max_retries=0, timeout=60)

    @property
    def connection(self) -> HTTPConnection:
        """Without anything between."""
        where = urlsplit(self.url)
        return HTTPConnection(where.hostname or "", where.port, timeout=60)

    def ask(
        self, method: str, path: str, body: object = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an answer, asked for with the key."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        with closing(self.connection) as connection:
            connection.request(method, path, data, {"authorization": f"Bearer {KEY}", **headers})
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()

    def wait_for(self, words: str, seconds: float = 30.0, *, since: int = 0) -> str:
        """The first line of the log, behind as many as `since`, that holds these words."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log[since:]:
                if words in line:
                    return line
            time.sleep(0.01)
        raise AssertionError(f"nothing said {words!r}: {self.log}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


@contextmanager
def serving(environment: dict[str, str], *argv: str, ready: bool = True) -> Iterator[Running]:
    """`llamachat serve` with these flags on a free port."""
    command = [sys.executable, "-m", "llamachat", "serve", "--port", "0", *argv]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment, text=True,
    ) as process:  # fmt: skip
        running = Running(process)
        reader = threading.Thread(target=_follow, args=(running,), daemon=True)
        reader.start()
        try:
            if ready:
                line = running.wait_for("answers at")
                running.url = line.split("answers at ")[1].split("/v1")[0]
            yield running
        finally:
            if "client" in vars(running):
                running.client.close()
            if process.poll() is None:
                process.kill()
            process.wait(timeout=20)
            reader.join(timeout=20)


def _follow(running: Running) -> None:
    assert running.process.stderr is not None
    for line in running.process.stderr:
        running.log.append(line.rstrip("\n"))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, survey: bytes) -> dict[str, str]:
    """A home for servers, in which the processor is known; the key comes as a variable."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LLAMA", "OPENAI"))}
    home = tmp_path_factory.mktemp("home")
    know_processor(home, survey)
    return kept | {
        "LLAMACHAT_HOME": str(home), "LLAMA_ARG_THREADS": "1", "LLAMACHAT_API_KEY": KEY,
    }  # fmt: skip


@pytest.fixture(scope="session")
def bob() -> Path:
    found = bundled_model()
    if found is None:
        pytest.skip("Bob has not been built here")
    return found


@pytest.fixture(scope="package")
def server(environment: dict[str, str], bob: Path) -> Iterator[Running]:
    """One server for all tests that leave it as it was."""
    with serving(environment, "-c", str(N_CTX), "--queue", str(QUEUE)) as running:
        yield running


@pytest.fixture
def client(server: Running) -> openai.OpenAI:
    return server.client
