"""A pseudo-terminal with llamachat in it: type, wait for text, read the exit code."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"
PATIENCE = 30.0
"""seconds: the machine may be busy"""


class Terminal:
    """80 × 24 with a program in it; `text` is everything it has written."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        self.text = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], list(argv), dict(environment))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._code: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._fd)
        if self._code is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def wait_for(self, sign: str, *, after: int = 0) -> int:
        """Read until `sign` has appeared at or after this position; returns where it ends."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.text.find(sign, after)) < 0:
            if time.monotonic() > deadline or not self._read(1.0):
                raise AssertionError(f"{sign!r} did not appear in:\n{self.text[after:]}")
        return found + len(sign)

    def exit_code(self) -> int:
        """Read on until the program ends; as a shell reports it."""
        deadline = time.monotonic() + PATIENCE
        while self._read(1.0):
            assert time.monotonic() < deadline, f"still running:\n{self.text}"
        self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def _read(self, seconds: float) -> bool:
        """Whether the program still has the terminal open."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # EIO: the last process of the terminal has left
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)
