"""A text area for TOML: quiet colours, line numbers, and a mark on lines that are at fault.

The colours are found line by line with a few patterns, which is enough to read by; what is right or
wrong is told from outside. Knows nothing of prompt templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.widgets import TextArea

from llamachat.sanitize import for_terminal

MAX_COLOURED = 1 << 17
"""characters of a text; a longer one stays plain, so that typing in it does not lag"""

_HEADER = re.compile(r"\s*\[.*")
_KEY = re.compile(r"""\s*[\w."'-]+\s*(?==)""")
_PLACEHOLDER = re.compile(r"\$\{[^{}\n]*\}?")
_COMMENT = re.compile(r"""(?:[^#"']|"(?:\\.|[^"\\])*"|'[^']*')*(?P<comment>#.*)""")
_QUOTES = re.compile(r'"""|' + "'''")


class TomlArea(TextArea):
    """Set `text` to load; `mark` lines after each check."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "toml-area--comment",
        "toml-area--header",
        "toml-area--key",
        "toml-area--placeholder",
        "toml-area--fault",
    }

    def __init__(self, text: str = "") -> None:
        super().__init__(
            text, show_line_numbers=True, soft_wrap=True, tab_behavior="focus", compact=True
        )
        self.highlight_cursor_line = False  # it would paint over the mark of a fault
        self.cursor_blink = False  # two repaints a second, and restless
        self._marked: frozenset[int] = frozenset()
        self._inside = set(_inside_texts(text))

    def mark(self, lines: Iterable[int]) -> None:
        """Show that these lines (from 1) are at fault, and no others."""
        marked = frozenset(lines)
        if marked != self._marked:
            self._marked = marked
            self.notify_style_update()
            self.refresh()

    @property
    def marked(self) -> frozenset[int]:
        return self._marked

    def go_to(self, line: int, column: int) -> None:
        """Put the cursor there; both count from 1."""
        row = min(max(line, 1), self.document.line_count) - 1
        width = len(self.document.get_line(row))
        self.move_cursor((row, min(max(column, 1) - 1, width)), center=True)

    def replace_all(self, text: str) -> None:
        """Another text in place of this one; undo brings it back."""
        self.replace(text, self.document.start, self.document.end)

    def on_text_area_changed(self) -> None:
        """Lines may have come to stand inside a text of many lines, or outside of one."""
        inside = set(_inside_texts(self.text))
        if inside != self._inside:
            self._inside = inside
            self.notify_style_update()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        line = self.document.get_line(line_index)
        text = Text(_visible(line), end="", no_wrap=True)
        for name, start, end in _parts(line, inside=line_index in self._inside):
            text.stylize(self.get_component_rich_style(f"toml-area--{name}"), start, end)
        if line_index + 1 in self._marked:
            fault = self.get_component_rich_style("toml-area--fault")
            text.stylize(Style(bgcolor=fault.bgcolor))
        return text


def _parts(line: str, *, inside: bool) -> Iterator[tuple[str, int, int]]:
    """What is coloured in a line, from which column to which."""
    if not inside:
        if found := _HEADER.fullmatch(line):
            yield "header", *found.span()
        elif found := _KEY.match(line):
            yield "key", *found.span()
        if found := _COMMENT.fullmatch(line):
            yield "comment", *found.span("comment")
    for found in _PLACEHOLDER.finditer(line):
        yield "placeholder", *found.span()


def _inside_texts(text: str) -> Iterator[int]:
    """Numbers (from 0) of the lines that begin inside a text of many lines."""
    if len(text) > MAX_COLOURED:
        return
    opened = ""
    for number, line in enumerate(text.split("\n")):
        if opened:
            yield number
        for quotes in _QUOTES.findall(line):
            if opened in ("", quotes):
                opened = "" if opened else quotes


def _visible(line: str) -> str:
    """Character for character, with control characters as their pictures."""
    if line.isprintable():
        return line
    return "".join(c if c == "\t" else for_terminal(c).replace("\n", " ") or " " for c in line)
