"""llama.cpp's own server as a process, on a model of ours: what a remote engine has to get on with.

Built from the pinned source by `python -m scripts.llama_tools --server`; where it is not built,
whoever needs it is skipped. Knows how to start and to kill it.
"""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

import pytest

from llamachat.bundled import BOB
from scripts.llama_tools import SERVER, tools_folder

PATIENCE = 60.0
"""seconds until it must answer"""


def _program() -> Path | None:
    try:
        return tools_folder(SERVER, build=False) / SERVER
    except FileNotFoundError:
        return None


PROGRAM = _program()
"""looked for before a test has a home of its own"""


class LlamaServer:
    """One process; `start` again after `kill` gives the same address."""

    def __init__(self, *flags: str, model: Path = BOB, n_ctx: int = 256) -> None:
        if PROGRAM is None:
            pytest.skip("llama-server has not been built: python -m scripts.llama_tools --server")
        self.port = _free_port()
        self._command = [
            *(str(PROGRAM), "-m", str(model), "--port", str(self.port)),
            *("-c", str(n_ctx), "-t", "1", "-np", "1", "--no-warmup", "--host", "127.0.0.1"),
            *flags,
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def __enter__(self) -> LlamaServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it serves."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE
        while not self._healthy():
            assert self._process.poll() is None, "llama-server ended"
            assert time.monotonic() < deadline, "llama-server does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        """With SIGKILL, in the midst of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
