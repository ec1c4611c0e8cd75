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
from pathlib import Path
from typing import IO

from llamachat.engine import wire
from llamachat.engine.base import EngineInfo
from llamachat.engine.hang_watch import READABLE, WRITABLE, HangWatch
from llamachat.engine.params import EngineOptions
from llamachat.errors import EngineDied, EngineError, EngineHung
from llamachat.hardware.oom import oom_kills
from llamachat.paths import state_dir

LOG_LIMIT = 1 << 20
"""bytes after which the worker's log is set aside as engine.log.1"""

CLOSE_SECONDS = 5.0
"""a worker that has not left by then is killed"""

_BLOCK = 1 << 16
_CPU_FAULTS = {signal.SIGILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE}


class Child:
    """A running worker. One thread reads; `send`, `cancel` and `close` may come from others.

    Raises (on construction):
        EngineError: the process cannot be started.
    """

    def __init__(self, options: EngineOptions) -> None:
        self._oom_before = oom_kills()
        self._writing, self._reading = threading.RLock(), threading.RLock()
        self._midway = False
        self._lines = wire.Lines()
        self._unread: deque[bytes] = deque()
        try:
            with open_log() as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(
                    _command(options),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    bufsize=0,
                    start_new_session=True,  # Ctrl+C in the terminal is the app's business
                )
        except OSError as error:
            raise EngineError(
                f"The engine's process cannot be started: {error}.",
                "LLAMACHAT_HOME=FOLDER moves llamachat's files, the engine's log among them.",
            ) from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdin.fileno(), False)  # a cancel waits for nobody
        self._requests: IO[bytes] = self._process.stdin
        self._events: IO[bytes] = self._process.stdout
        self._watch = HangWatch(self._process.kill)

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
                    raise wire.decode_error(message)
                case "loading" if on_progress is not None:
                    on_progress(message["fraction"])

    def send(self, message: wire.Message) -> bool:
        """False where the worker is gone: whoever reads hears of what. Also false in a signal
        handler that interrupted this very function: a line must not be torn."""
        with self._writing:
            self._watch.asked = message["id"]
            return self._write(message)

    def cancel(self, number: int) -> None:
        """Ask for the end of a request, without waiting: where the request itself is still being
        sent, nothing more is, and its sender has to cancel it."""
        self._watch.unwanted = number
        if self._writing.acquire(blocking=False):
            try:
                self._write({"id": number, "op": "cancel"}, wait=False)
            finally:
                self._writing.release()

    def _write(self, message: wire.Message, *, wait: bool = True) -> bool:
        if self._midway:
            return False
        self._midway = True
        try:
            rest = memoryview(wire.to_line(message))
            while rest:
                try:
                    rest = rest[os.write(self._requests.fileno(), rest) :]
                except BlockingIOError:
                    if not wait:  # a short line is written whole or not at all
                        return False
                    self._watch.wait_for(self._requests, WRITABLE)
        except (OSError, ValueError):  # ValueError: closed here
            return False
        finally:
            self._midway = False
        return True

    def read(self) -> wire.Message:
        """The next message.

        Raises:
            EngineDied: there is none because the worker is gone.
        """
        while not self._unread:
            # Nothing that was read is lost where a signal handler raises in between.
            self._unread.extend(self._lines.push(self._read_block()))
        return wire.from_line(self._unread.popleft())

    def _read_block(self) -> bytes:
        with self._reading:
            block = b""
            if not self._events.closed:
                self._watch.wait_for(self._events, READABLE)
                block = os.read(self._events.fileno(), _BLOCK)
        if not block:
            raise self.death()
        return block

    def death(self) -> EngineDied:
        """What ended the process; waits for its end."""
        code = self._wait()
        self._release()
        if self._watch.killed:
            return EngineHung(
                "The engine hung: it heeded no cancel, and was killed.",
                f"The engine's log is {log_path()}.",
                signal=signal.SIGKILL,
            )
        out_of_memory = oom_kills() > self._oom_before
        return in_words(code, self._log_start, out_of_memory=out_of_memory)

    def close(self) -> None:
        """Ask the worker to leave by closing its stdin; a reader hears of its end."""
        if self._writing.acquire(timeout=CLOSE_SECONDS):
            self._requests.close()
            self._writing.release()
        else:  # it reads no more, and somebody waits for it
            self._process.kill()
        self._wait()
        self._release()

    def _wait(self) -> int:
        try:
            return self._process.wait(timeout=CLOSE_SECONDS)
        except subprocess.TimeoutExpired:  # it hangs, or closed its pipe and lives on
            self._process.kill()
            return self._process.wait()

    def _release(self) -> None:
        """Give the pipes of the dead worker back; the locks keep them while they are in use."""
        with self._writing:
            self._requests.close()
        with self._reading:
            self._events.close()


def log_path() -> Path:
    """Where workers write what llama.cpp says."""
    return state_dir() / "logs" / "engine.log"


def _command(options: EngineOptions) -> list[str]:
    """-P: no module of the current folder may come before Python's own."""
    return [
        *(sys.executable, "-P", "-m", "llamachat.engine.worker", "--child"),
        *("--model", str(options.model), "--options", wire.encode_options(options)),
    ]


def open_log() -> IO[bytes]:
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def in_words(code: int, log_start: int, *, out_of_memory: bool) -> EngineDied:
    log = f"The engine's log is {log_path()}."
    if code >= 0:
        return EngineDied(f"The engine ended with code {code}.", log)
    number = -code
    name = signal.Signals(number).name if number in {s.value for s in signal.Signals} else "?"
    last_words = _last_words(log_start) if number == signal.SIGABRT else ""
    if (number == signal.SIGKILL and out_of_memory) or "bad_alloc" in last_words:
        return EngineDied(
            "The engine was killed because memory ran out.",
            "Use a smaller context (-c), -ctk q8_0 -ctv q8_0, or a smaller quantization.",
            signal=number,
        )
    if number == signal.SIGABRT:
        return EngineDied(f"The engine gave up: {last_words}", log, signal=number)
    hint = (
        "`llamachat doctor` tests the engine on this processor." if number in _CPU_FAULTS else log
    )
    return EngineDied(f"The engine was killed by {name} (signal {number}).", hint, signal=number)


def _last_words(log_start: int) -> str:
    """The assertion llama.cpp printed last, or that it printed none."""
    with contextlib.suppress(OSError), log_path().open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(log_start if log_start <= end else 0, end - _BLOCK))
        for line in reversed(file.read().decode("utf-8", "replace").splitlines()):
            if "GGML_ASSERT" in line or "terminate called" in line or "what():" in line:
                return line.rsplit(os.sep, 1)[-1].strip()
    return "it aborted without saying why."
