"""The text of a prompt: -p, then the files of -f, then what is piped in, joined by new lines.

Files and pipes must be UTF-8 text of a sane size; one line end at the end of each is dropped, as
llama.cpp does. Knows nothing of templates or engines.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from llamachat.errors import UsageError
from llamachat.hardware.places import expanded
from llamachat.text_file import NotUtf8, TextError, decoded, read_bounded

MAX_BYTES = 64 << 20
"""no context holds more"""
PATIENCE = 1.0
"""seconds before a silent pipe is mentioned"""

Say = Callable[[str], None]


def compose(
    prompt: str | None,
    files: Sequence[str],
    *,
    piped: bool,
    say: Say,
    unescape: Callable[[str], str],
) -> str:
    """All parts that were given, one after the other; `piped` adds standard input.

    `unescape` is applied to what flags gave, never to what was piped in.

    Raises:
        UsageError: a file is missing, too large or no text.
    """
    parts = [] if prompt is None else [unescape(prompt)]
    for name in files:
        if name == "-":
            parts.append(read_stdin(say))
        else:
            parts.append(unescape(read_file(expanded(name))))
    if piped and "-" not in files:
        parts.append(read_stdin(say))
    return "\n".join(part for part in parts if part)


def read_file(path: Path) -> str:
    """A text file, without the line end at its end."""
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder, not a text file.")
        with path.open("rb") as file:
            return _text(file, str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None


def read_stdin(say: Say) -> str:
    """Standard input to its end; a pipe that stays silent is mentioned once."""
    if sys.stdin is None or sys.stdin.closed:
        return ""
    if sys.stdin.isatty():
        say("Type the prompt; Ctrl+D on a line of its own ends it.")
    elif not select.select([sys.stdin], [], [], PATIENCE)[0]:
        say("llamachat: waiting for the rest of the prompt on standard input (</dev/null: none).")
    return _text(sys.stdin.buffer, "standard input")


def stdin_is_piped() -> bool:
    """Whether something was connected to standard input: a pipe, a file or a socket."""
    if sys.stdin is None or sys.stdin.closed:
        return False
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _text(file: BinaryIO, name: str) -> str:
    try:
        data = read_bounded(file, MAX_BYTES, remark="too long for a prompt")
        if (zero := data.find(0)) >= 0:
            raise UsageError(f"{name} is not text: it has a zero byte at offset {zero}.")
        return decoded(data).removesuffix("\n")
    except NotUtf8 as fault:
        raise UsageError(f"{name} {fault}.", "Convert it first: iconv -t UTF-8 FILE") from None
    except TextError as fault:
        raise UsageError(f"{name} {fault}.") from None
