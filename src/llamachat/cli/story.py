"""The story beside the answer: lines on standard error, and in the file of --log-file.

Nothing here is ever needed to use the answer; --log-disable silences it. Errors do not come
through here. Knows nothing of what is told.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

from llamachat.cli.flags.given import Given
from llamachat.cli.status_line import StatusLine
from llamachat.errors import LlamaChatError
from llamachat.hardware.places import expanded
from llamachat.hardware.terminal import Terminal
from llamachat.sanitize import for_terminal


class Story:
    """Where lines go; a context manager that closes the log file."""

    def __init__(self, terminal: Terminal, given: Given) -> None:
        self.terminal = terminal
        self._silent = given.on("log_disable") or sys.stderr is None
        self._log = _open_log(given.text("log_file"))

    def __enter__(self) -> Story:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._log is not None:
            self._log.close()

    def say(self, text: str = "") -> None:
        """One line or more."""
        line = for_terminal(text) + "\n"
        if self._log is not None:
            self._log.write(line)
            self._log.flush()
        if not self._silent:
            sys.stderr.write(line)
            sys.stderr.flush()

    def leave(self) -> None:
        """The program is about to end in mid-line: the shell's prompt wants a line of its own."""
        if self.terminal.stderr and not self._silent:
            sys.stderr.write("\n")
            sys.stderr.flush()

    @property
    def draws(self) -> bool:
        """Whether a line can be drawn over itself."""
        return self.terminal.stderr and not self.terminal.dumb and not self._silent

    def status_line(self, delay: float) -> StatusLine:
        """A line that erases itself; shows nothing where standard error is no terminal."""
        return StatusLine(sys.stderr, enabled=self.draws, delay=delay)


def _open_log(name: str | None) -> TextIO | None:
    if name is None:
        return None
    try:
        return expanded(name).open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise LlamaChatError(
            f"The log file {name} cannot be written: {error.strerror or error}."
        ) from None
