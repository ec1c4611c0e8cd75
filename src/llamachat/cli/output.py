"""Standard output as the model's: its bytes to a pipe or a file, its visible text to a terminal.

Every piece is flushed, so that a reader sees a token when it exists. Knows nothing of engines.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

from llamachat.errors import LlamaChatError
from llamachat.sanitize import for_terminal


class Output:
    """Where the answer goes.

    Raises (on `write`):
        BrokenPipeError: the reader went away.
        LlamaChatError: it cannot be written for another reason, a full disk for example.
    """

    def __init__(self, stream: BinaryIO, *, terminal: bool) -> None:
        self._stream = stream
        self.terminal = terminal
        self._last = "\n"

    def write(self, text: str) -> None:
        """Lone surrogates are bytes that are no UTF-8: a pipe gets them back as they were."""
        if not text:
            return
        if self.terminal:
            data = for_terminal(text).encode("utf-8")
        else:
            data = text.encode("utf-8", "surrogateescape")
        self._last = text[-1]
        self._send(data)

    def control(self, sequence: str) -> None:
        """An escape sequence of ours; only a terminal gets it."""
        if self.terminal:
            self._send(sequence.encode())

    def end_line(self, *, always: bool = False) -> None:
        """On a terminal the shell's prompt begins on a line of its own; `always`: in a pipe too."""
        if (self.terminal or always) and self._last != "\n":
            self.write("\n")

    def _send(self, data: bytes) -> None:
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise LlamaChatError(
                f"The answer cannot be written: {error.strerror or error}."
            ) from None


def standard_output() -> Output:
    """The process's standard output.

    Raises:
        LlamaChatError: it is closed.
    """
    if sys.stdout is None:
        raise LlamaChatError("Standard output is closed.", "Redirect it: > answer.txt")
    return Output(sys.stdout.buffer, terminal=sys.stdout.isatty())
