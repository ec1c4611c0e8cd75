"""Standard output for lists and documents: lines that fit a terminal, whole ones in a pipe.

Colour is used on a terminal that shows it. Foreign text is made harmless by `Output`. Knows
nothing of what is listed.
"""

from __future__ import annotations

import json
from typing import Any

from llamachat.cli.cells import fitted, width
from llamachat.cli.output import Output, standard_output
from llamachat.hardware.terminal import read_terminal
from llamachat.sanitize import one_line

Piece = tuple[str, str]
"""text and style"""

STYLES = {
    "": "",
    "strong": "\x1b[1m",
    "dim": "\x1b[2m",
    "user": "\x1b[1;32m",
    "found": "\x1b[1;33m",
}
_PLAIN = "\x1b[0m"


class Page:
    """Where an action prints."""

    def __init__(self, output: Output, *, columns: int | None, colour: bool) -> None:
        self._output = output
        self.columns = columns
        """None in a pipe, where nothing is cut"""
        self._colour = colour

    def line(self, *pieces: Piece) -> None:
        """One line; what does not fit is cut."""
        room = self.columns
        for text, style in pieces:
            text = one_line(text)
            self._styled(text if room is None else fitted(text, room), style)
            if room is not None:
                room = max(0, room - width(text))
        self._output.write("\n")

    def words(self, *pieces: Piece) -> None:
        """Text with line breaks of its own, to the end of it."""
        for text, style in pieces:
            self._styled(text, style)
        self._output.write("\n")

    def json(self, value: Any) -> None:
        """One JSON value; escape sequences in it are escaped as JSON does."""
        self._output.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def text(self, text: str) -> None:
        """A document as it is."""
        self._output.write(text)

    def _styled(self, text: str, style: str) -> None:
        if not text:
            return
        if self._colour and style:
            self._output.control(STYLES[style])
        self._output.write(text)
        if self._colour and style:
            self._output.control(_PLAIN)


def open_page() -> Page:
    """Standard output as it is."""
    output, terminal = standard_output(), read_terminal()
    columns = terminal.columns if terminal.stdout else None
    return Page(output, columns=columns, colour=terminal.shows_colour)
