"""The full-screen chat in a pseudo-terminal: start it, type, wait for words, read its CPU time.

Answers Textual's questions as a modern terminal does, and reads whatever the app writes, at once.
Finds words in the stream without drawing it. Knows nothing of engines.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

STEADY = {"TERM": "xterm-256color", "LLAMACHAT_TUNE": "false"}
COLUMNS, ROWS = 120, 40
PATIENCE = 180.0
"""seconds: a 7B model may have to be read from the disk"""
QUIT = "\x11"
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\)|.)", re.DOTALL)
ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronized output: known, off
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",  # resizing told in the stream: not known
}


def processor_time(pid: int) -> float:
    """Seconds that a process has computed, all threads that it ever had: to the nanosecond, where
    `/proc` counts in hundredths of a second."""
    return time.clock_gettime(~pid << 3 | 2)  # as clock_getcpuclockid has it


class App:
    """`output` is all it has written; `started` the moment before its exec."""

    def __init__(self, flags: Sequence[str], environment: Mapping[str, str]) -> None:
        self.output = bytearray()
        self._code: int | None = None
        argv = [sys.executable, "-m", "llamachat", *flags]
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(argv[0], argv, {**environment, **STEADY})

    def __enter__(self) -> App:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._code is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    def cpu(self) -> float:
        """Seconds of processor time of the app without the engine, which is a child."""
        return processor_time(self.pid)

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def words(self, start: int = 0) -> str:
        """What was written from a position on, without escape sequences."""
        return _ESCAPE.sub("", self.output[start:].decode("utf-8", "replace"))

    def wait(self, holds: Callable[[], object], what: str) -> float:
        """Read until something holds; returns the moment."""
        deadline = time.perf_counter() + PATIENCE
        while not holds():
            if time.perf_counter() > deadline or not self.read(1.0):
                sys.exit(f"{what} never came; the app wrote last:\n{self.words()[-2000:]}")
        return time.perf_counter()

    def wait_for(self, *signs: str, start: int = 0) -> float:
        """Read until all of these words have been written."""
        return self.wait(
            lambda: all(sign in (words := self.words(start)) for sign in signs), " and ".join(signs)
        )

    def wait_for_bytes(self, sign: bytes, *, start: int) -> float:
        """The same for bytes in one piece, without the cost of looking for escape sequences."""
        return self.wait(lambda: self.output.find(sign, start) >= 0, repr(sign))

    def read(self, seconds: float) -> bool:
        """Read what there is within `seconds`; whether the app still has the terminal open."""
        if not select.select([self._fd], [], [], max(seconds, 0.0))[0]:
            return True
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # EIO: the app has left
            return False
        self.output += data
        for question, answer in ANSWERS.items():
            if question in data:
                os.write(self._fd, answer)
        return bool(data)

    def read_for(self, seconds: float) -> None:
        """Read for so long."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0 and self.read(left):
            pass

    def quit(self) -> None:
        """Ctrl+Q, and wait for the end."""
        self.type(QUIT)
        while self.read(PATIENCE):
            pass
        self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self._code:
            sys.exit(f"llamachat ended with exit code {self._code}:\n{self.words()[-2000:]}")
