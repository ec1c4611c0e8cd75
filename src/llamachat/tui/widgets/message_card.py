"""A message of the transcript as lines: who speaks, what was said, small print.

A card makes its lines for one width when they are first asked for; while its answer grows, only
the last ones are made again. Knows nothing of widgets, colours and other cards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from textual.content import Content, Span
from textual.style import Style

from llamachat.engine.base import FinishReason
from llamachat.sanitize import for_terminal, one_line
from llamachat.tui.rows import Row
from llamachat.tui.widgets.message_line import Line
from llamachat.tui.widgets.message_lines import MEASURE, markdown_lines, plain_lines
from llamachat.tui.widgets.message_stream import GrowingMarkdown, GrowingText

FOLDED = 40
"""lines: longer texts of the user are folded"""

SHOWN = 12
"""lines of a folded text"""

REASONS: dict[FinishReason, str] = {
    "length": "cut at the token limit",
    "context": "cut: the context is full",
    "cancelled": "stopped",
    "died": "cut: the engine died",
    "abandoned": "cut: llamachat itself was ended",
}


class MessageCard:
    """One message; `growing` while its answer is being written."""

    def __init__(self, row: Row, *, markdown: bool = True, growing: bool = False) -> None:
        self.row = row
        self.growing = growing
        self.opened = False
        """a long text is shown whole"""
        self._markdown = markdown and row.role == "assistant"
        self._measured: dict[int, int] = {}
        """heights by width"""
        self._width = 0
        self._lines: list[Line] = []
        self._body: GrowingMarkdown | GrowingText | None = None

    @property
    def made(self) -> bool:
        """Whether the lines are at hand."""
        return self._width > 0

    @property
    def foldable(self) -> bool:
        """Whether the text is long enough to be folded, at any width."""
        return self.row.role != "assistant" and _height(self.row.text, MEASURE) > FOLDED

    def lines(self, width: int) -> list[Line]:
        """The lines at this width; the caller must not change the list."""
        if width != self._width:
            self._width = width
            self._lines = [self._header(), *self._text_lines(width), *self._footer()]
            self._measured[width] = len(self._lines)
        return self._lines

    def height(self, width: int) -> int:
        """How many lines there are at this width, measured before or else guessed."""
        if width in self._measured:
            return self._measured[width]
        body = _height(self.row.text, min(width, MEASURE))
        if self.row.role != "assistant" and body > FOLDED and not self.opened:
            body = SHOWN + 1
        return body + 2 + bool(self._small_print())

    def change(self, row: Row, *, opened: bool | None = None) -> None:
        """Show another text in this place, complete."""
        self.row = row
        self.growing = False
        self.opened = self.opened if opened is None else opened
        self._measured.clear()
        self.forget()

    def read_as(self, *, markdown: bool) -> None:
        """As Markdown, where it is an answer, or as it stands."""
        self._markdown = markdown and self.row.role == "assistant"
        self._measured.clear()
        self.forget()

    def forget(self) -> None:
        """Drop the lines; they are made again when asked for."""
        self._width = 0
        self._lines = []
        self._body = None

    def grow(self, text: str) -> int:
        """Add to an answer; returns the first line that changed, where lines have been made."""
        self.row = replace(self.row, text=self.row.text + text)
        self._measured.clear()
        if self._body is None or not self._width:
            self.forget()
            return 0
        changed = self._body.append(for_terminal(text))
        new = [*self._body.lines[changed:], *self._footer()]
        old = self._lines[1 + changed :]
        kept = 0
        while kept < min(len(old), len(new)) and old[kept].same(new[kept]):
            kept += 1
        self._lines[1 + changed + kept :] = new[kept:]
        self._measured[self._width] = len(self._lines)
        return 1 + changed + kept

    def _header(self) -> Line:
        row = self.row
        name = Content.styled(one_line(row.name), f".{row.role}")
        if row.places == 1:
            return Line(name)
        place = Content.styled(f" {row.place}/{row.places} ", ".muted")
        before, after = (
            clickable(arrow, f"sibling_of({row.key}, {step})")
            for arrow, step in (("‹", -1), ("›", 1))
        )
        return Line(Content("").join([name, Content("  "), before, place, after]))

    def _text_lines(self, width: int) -> Iterable[Line]:
        text = for_terminal(self.row.text)
        if self.growing:
            kind = GrowingMarkdown if self._markdown else GrowingText
            self._body = kind(width, text)
            return self._body.lines
        self._body = None
        if self._markdown:
            from llamachat.tui.widgets.message_markdown import sections

            return markdown_lines((leaf for part in sections(text) for leaf in part.leaves), width)
        return self._plain_lines(text, width)

    def _plain_lines(self, text: str, width: int) -> Iterable[Line]:
        style = ".system-text" if self.row.role == "system" else ""
        lines = plain_lines(text, width, style)
        if self.row.role == "assistant" or self.opened:
            return lines
        first = list(islice(lines, FOLDED + 1))
        if len(first) <= FOLDED:
            return first
        lengths = (len(line) for line in text.split("\n"))
        total = sum(max(-(-length // min(width, MEASURE)), 1) for length in lengths)
        hidden = max(total, len(first)) - SHOWN
        mark = clickable(f"… {hidden} more lines", f"open_of({self.row.key})")
        return [*first[:SHOWN], Line(mark)]

    def _footer(self) -> list[Line]:
        pending = [Line(Content.styled("…", ".muted"))] if self._waiting() else []
        note = [Line(Content.styled(self._small_print(), ".muted"))] if self._small_print() else []
        return [*pending, *note, Line(Content(""))]

    def _waiting(self) -> bool:
        return self.growing and not self.row.text.strip()

    def _small_print(self) -> str:
        reason = REASONS.get(self.row.reason, "") if self.row.reason else ""
        return " · ".join(part for part in (reason, one_line(self.row.note)) if part)


class RemarkCard:
    """A line of ours between messages."""

    made = True

    def __init__(self, text: str, kind: str) -> None:
        self._text = for_terminal(text)
        self._kind = kind
        self._lines: tuple[int, list[Line]] = (0, [])

    def says(self, text: str) -> bool:
        return self._text == for_terminal(text)

    def lines(self, width: int) -> list[Line]:
        """The lines at this width; few enough to be kept."""
        if self._lines[0] != width:
            lines = [*plain_lines(self._text, width, f".{self._kind}"), Line(Content(""))]
            self._lines = (width, lines)
        return self._lines[1]

    def height(self, width: int) -> int:
        """How many lines there are."""
        return len(self.lines(width))


Card = MessageCard | RemarkCard


def clickable(text: str, action: str) -> Content:
    """Quiet text that runs an action of the transcript when it is clicked."""
    spans = [Span(0, len(text), style) for style in (".muted", Style.from_meta({"@click": action}))]
    return Content(text, spans)


def _height(text: str, width: int) -> int:
    return text.count("\n") + len(text) // max(width, 1) + 1
