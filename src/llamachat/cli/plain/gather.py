r"""From typed lines to one message, with llama.cpp's two line endings.

A trailing `\` takes another line (with --multiline-input: hands over), a trailing `/` hands over
without a new line. What was pasted with its line ends stays one message, and a command is only what
was typed as a line of its own. Knows nothing of terminals: lines come from a callable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ReadLine = Callable[[bool], str]
"""Reads a line (without its end); told whether it is the first. Raises EOFError at the end."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person handed over."""

    text: str
    open: bool = False
    """in mid-line: the answer goes on in the same line"""
    one_line: bool = True
    """a single typed line, which may be a command"""


def gather(read_line: ReadLine, *, multiline: bool, is_command: Callable[[str], bool]) -> Typed:
    """Read lines until one hands over.

    Raises:
        EOFError: the input ended before anything was typed.
    """
    lines: list[str] = []
    while True:
        try:
            line = read_line(not lines)
        except EOFError:
            if not lines:
                raise
            return Typed("\n".join(lines), one_line=False)
        alone = not lines and "\n" not in line
        line = line.rstrip("\n")  # of a paste
        if alone and is_command(line):
            return Typed(line)
        goes_on = multiline
        if line.endswith("/"):
            return Typed("\n".join([*lines, line[:-1]]), open=True, one_line=alone)
        if line.endswith("\\"):
            line = line[:-1]
            goes_on = not multiline
            alone = alone and not goes_on
        lines.append(line)
        if not goes_on:
            return Typed("\n".join(lines), one_line=alone)
