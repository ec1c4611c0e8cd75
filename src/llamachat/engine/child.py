"""One worker process: start it, talk to it, and say in words what it died of.

Knows the wire and the operating system; nothing of prompts, restarts or rungs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import IO

from llamachat.engine import wire
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import EngineOptions
from llamachat.errors import EngineDied
from llamachat.hardware.oom import oom_kills
from llamachat.paths import state_dir

LOG_LIMIT = 1 << 20
"""bytes after which the worker's log is set aside as engine.log.1"""

CLOSE_SECONDS = 5.0
"""a worker that has not left by then is killed"""

_CPU_FAULTS = {signal.SIGILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE}


class Child:
    """A running worker. Every method may raise EngineDied, which names the cause."""

    def __init__(self, options: EngineOptions) -> None:
        self._oom_before = oom_kills()
        self._writing = threading.Lock()
        values = {f.name: getattr(options, f.name) for f in fields(options)}
        log = _open_log()
        with log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "llamachat.engine.worker", "--child"),
                    *("--model", str(options.model), "--options", wire.to_line(values).decode()),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl+C in the terminal is the app's business
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: IO[bytes] = self._process.stdin
        self._events: IO[bytes] = self._process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self, on_progress: Callable[[float], None] | None) -> EngineInfo:
        """Follow the loading; raises the worker's own error where it refuses the model."""
        while True:
            message = self.read()
            match message["event"]:
                case "ready":
                    return wire.decode_info(message["info"])
                case "error":
                    self.close()
                    raise wire.decode_error(message)
                case "loading" if on_progress is not None:
                    on_progress(message["fraction"])

    def send(self, message: wire.Message) -> None:
        try:
            with self._writing:
                self._requests.write(wire.to_line(message))
                self._requests.flush()
        except (OSError, ValueError):
            raise self.death() from None

    def read(self) -> wire.Message:
        line = self._events.readline()
        if not line.endswith(b"\n"):
            raise self.death()
        return wire.from_line(line)

    def death(self) -> EngineDied:
        """What ended the process; waits for its end."""
        try:
            code = self._process.wait(timeout=CLOSE_SECONDS)
        except subprocess.TimeoutExpired:  # it closed its pipe but lives: nothing more will come
            self._process.kill()
            code = self._process.wait()
        self._close_pipes()
        return _in_words(code, out_of_memory=oom_kills() > self._oom_before)

    def close(self) -> None:
        """Ask the worker to leave by closing its stdin."""
        with contextlib.suppress(OSError):
            self._requests.close()
        try:
            self._process.wait(timeout=CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close_pipes()

    def _close_pipes(self) -> None:
        with contextlib.suppress(OSError):
            self._requests.close()
        self._events.close()


def log_path() -> Path:
    """Where workers write what llama.cpp says."""
    return state_dir() / "logs" / "engine.log"


def _open_log() -> IO[bytes]:
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _in_words(code: int, *, out_of_memory: bool) -> EngineDied:
    log = f"The engine's log is {log_path()}."
    if code >= 0:
        return EngineDied(f"The engine ended with code {code}.", log)
    number = -code
    name = signal.Signals(number).name if number in {s.value for s in signal.Signals} else "?"
    if number == signal.SIGKILL and out_of_memory:
        return EngineDied(
            "The engine was killed because memory ran out.",
            "Use a smaller context (-c), -ctk q8_0 -ctv q8_0, or a smaller quantization.",
            signal=number,
        )
    if number == signal.SIGABRT:
        return EngineDied(f"The engine gave up: {_last_words()}", log, signal=number)
    hint = (
        "`llamachat doctor` tests the engine on this processor." if number in _CPU_FAULTS else log
    )
    return EngineDied(f"The engine was killed by {name} (signal {number}).", hint, signal=number)


def _last_words() -> str:
    """The assertion llama.cpp printed last, or that it printed none."""
    with contextlib.suppress(OSError), log_path().open("rb") as file:
        file.seek(max(0, log_path().stat().st_size - (1 << 16)))
        lines = deque(file.read().decode("utf-8", "replace").splitlines(), maxlen=200)
        for line in reversed(lines):
            if "GGML_ASSERT" in line or "terminate called" in line or "what():" in line:
                return line.rsplit(os.sep, 1)[-1].strip()
    return "it aborted without saying why."
