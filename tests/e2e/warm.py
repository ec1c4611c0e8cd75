"""A process that has imported llamachat, and forks a run of it for whoever asks.

What a run is given is its own: arguments, variables, folder, standard streams; and it ends as any
program does. Only the start of Python and the imports are spared, a third of what most runs cost.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

USED = (
    "llamachat.chat", "llamachat.cli", "llamachat.config", "llamachat.engine", "llamachat.gguf",
    "llamachat.hardware", "llamachat.models", "httpx2", "jinja2.sandbox", "platformdirs", "psutil",
    "sqlite3", "yaml",
)  # fmt: skip
UNUSED = ("llamachat.engine.llama", "llamachat.engine.worker", "llamachat.cli.doctor.__main__")
"""what other processes run"""
AT_START = ("LANG", "LC_", "LD_", "PYTHON")
"""how the names of variables begin that count when a program starts"""
PIPE = 1 << 14
"""bytes that every pipe has room for"""


class Warm:
    """The process, as tests see it."""

    def __init__(self) -> None:
        self._line, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(there.fileno())],
                pass_fds=[there.fileno()], start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        self._told = self._line.makefile("rb")

    def close(self) -> None:
        self._told.close()
        self._line.close()
        self._process.communicate(timeout=20)

    def run(
        self, argv: Sequence[str], environ: Mapping[str, str], stdin: bytes | None, timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """As `subprocess.run` does with captured output."""
        with TemporaryFile() as out, TemporaryFile() as err:
            given = os.open(os.devnull, os.O_RDONLY) if stdin is None else _pipe_with(stdin)
            socket.send_fds(self._line, [b" "], [given, out.fileno(), err.fileno()])
            os.close(given)
            asked = {"argv": list(argv), "environ": dict(environ), "folder": str(Path.cwd())}
            self._line.sendall(json.dumps(asked).encode() + b"\n")
            code = self._wait(timeout)
            return subprocess.CompletedProcess(argv, code, _all_of(out), _all_of(err))

    def _wait(self, timeout: float) -> int:
        child = int(self._told.readline())
        self._line.settimeout(timeout)
        try:
            return int(self._told.readline())
        except TimeoutError:
            os.kill(child, signal.SIGKILL)
            raise


def _pipe_with(text: bytes) -> int:
    """The end to read it from."""
    assert len(text) < PIPE
    reads, writes = os.pipe()
    with os.fdopen(writes, "wb") as file:
        file.write(text)
    return reads


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _import_all(name: str) -> None:
    """A module, and what is in it where it is a room of ours."""
    module = import_module(name)
    if name.startswith("llamachat."):
        for below in pkgutil.iter_modules(getattr(module, "__path__", ())):
            if f"{name}.{below.name}" not in UNUSED:
                _import_all(f"{name}.{below.name}")


def _fork_for_each(line: socket.socket) -> list[str]:
    """Comes back in each fork, with the arguments of its run."""
    words = line.makefile("rb")
    while True:
        _, streams, _, _ = socket.recv_fds(line, 1, 3)
        if not streams:
            sys.exit()
        asked = json.loads(words.readline())
        child = os.fork()
        if child == 0:
            break
        for stream in streams:
            os.close(stream)
        line.sendall(b"%d\n" % child)
        _, status = os.waitpid(child, 0)
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    words.close()
    line.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    return list(asked["argv"])


if __name__ == "__main__":
    from llamachat.cli.main import main

    for used in USED:
        _import_all(used)
    gc.freeze()
    sys.argv = ["llamachat", *_fork_for_each(socket.socket(fileno=int(sys.argv[1])))]
    sys.exit(main())
