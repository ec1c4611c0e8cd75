"""Where typed lines come from: a terminal with line editing, a bare one, or a pipe.

On a terminal with readline a paste of many lines is one insert (bracketed paste), history is kept,
Tab completes commands, and Ctrl+C knows whether anything had been typed. Knows nothing of messages.
"""

from __future__ import annotations

import contextlib
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Protocol

from llamachat.chat.input_history import (
    append_history,
    history_path,
    read_history,
    trim_history,
)
from llamachat.errors import UsageError

PASTE_PAUSE = 0.02
"""seconds within which the next line of a paste is there already"""


class Lines(Protocol):
    """A source of lines."""

    def read(self, prompt: str) -> str:
        """The next line without its end.

        Raises:
            EOFError: there is none.
            KeyboardInterrupt: Ctrl+C; `discarded` tells whether it threw text away.
        """
        ...

    @property
    def discarded(self) -> bool: ...

    def remember(self, text: str) -> None:
        """Put a message into the history."""
        ...

    def close(self) -> None: ...


class PipedLines:
    """Lines of a pipe or a file; prompts are not shown."""

    discarded = False

    def __init__(self) -> None:
        self._number = 0

    def read(self, prompt: str) -> str:
        self._number += 1
        data = sys.stdin.buffer.readline() if sys.stdin is not None else b""
        if not data:
            raise EOFError
        try:
            return data.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise UsageError(
                f"Line {self._number} of standard input is not UTF-8 text.",
                "Convert it first: iconv -t UTF-8 FILE",
            ) from None

    def remember(self, text: str) -> None:
        """A script has no history."""

    def close(self) -> None:
        """Standard input is not ours to close."""


class BareLines(PipedLines):
    """A terminal that only appends: --simple-io, or one without cursor movement."""

    def __init__(self, *, to_stdout: bool) -> None:
        super().__init__()
        self._stream = sys.stdout if to_stdout else sys.stderr

    def read(self, prompt: str) -> str:
        self._stream.write(prompt)
        self._stream.flush()
        return super().read(prompt)


class EditedLines:
    """A terminal with readline."""

    def __init__(self, completions: Sequence[str]) -> None:
        import readline  # on the machines without it `edited_lines` falls back

        self._readline = readline
        self._typed = ""
        self._path = history_path()
        for entry in read_history(self._path):
            readline.add_history(entry)
        readline.set_auto_history(False)
        readline.set_completer_delims("")
        readline.set_completer(_completer(completions))
        libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
        if not libedit:
            readline.parse_and_bind("set enable-bracketed-paste on")

    @property
    def discarded(self) -> bool:
        return bool(self._typed)

    def read(self, prompt: str) -> str:
        self._typed = ""
        with self._noticing_what_was_typed():
            line = input(prompt)
            while _more_is_there():
                try:
                    line += "\n" + input()
                except EOFError:
                    break
        return line

    def remember(self, text: str) -> None:
        self._readline.add_history(text)
        with contextlib.suppress(OSError):  # a full disk must not end a dialog
            append_history(self._path, text)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # a full disk must not end a dialog
            trim_history(self._path)

    @contextlib.contextmanager
    def _noticing_what_was_typed(self) -> Iterator[None]:
        """readline forgets its line when Ctrl+C ends it, so look before that."""

        def note(number: int, frame: FrameType | None) -> None:
            self._typed = self._readline.get_line_buffer()
            raise KeyboardInterrupt

        former = signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, former)


def _more_is_there() -> bool:
    """Whether the next line came together with this one: a paste that was not announced."""
    return bool(select.select([sys.stdin], [], [], PASTE_PAUSE)[0])


def _completer(words: Sequence[str]) -> Callable[[str, int], str | None]:
    def complete(typed: str, state: int) -> str | None:
        found = [word for word in words if typed and word.startswith(typed)]
        return found[state] if state < len(found) else None

    return complete
