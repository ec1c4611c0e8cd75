"""A text that grows: its lines, of which only the last ones are made again when more comes.

Sections that can no longer change are kept as lines; the last section is parsed again with each
piece, except an open code block, to which whole lines are only added. At any moment the lines are
those of a fresh rendering. Knows nothing of widgets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from llamachat.tui.widgets.message_line import LEAST, TAB, Line, wrap
from llamachat.tui.widgets.message_lines import MEASURE, code_line, markdown_lines, plain_lines
from llamachat.tui.widgets.message_markdown import Code, Leaf, Prose, Section, closes, sections

_FENCE = re.compile(r"(`{3,}|~{3,})[^\n|]*\n")
"""with a "|" in it, it could still become the header of a table"""
_PLAIN = re.compile(r"(?:[^\W_]|[ .,:?!'])+")
"""letters, digits and punctuation that have no meaning in Markdown behind a word"""
_DECIDED = re.compile(r"[^\W\d_].*[^\W_]( |[.,:?!'])*$|[^\W\d_]$")
"""a line whose kind is known, because it has a letter, and whose end is plain"""


@dataclass(slots=True)
class _Fence:
    """An open code block at the end of the text."""

    markup: str
    last: str
    """its last line, which may grow"""
    empty: bool
    """no line has been completed"""
    lines: int = 0
    """how many lines stand before it on the screen"""

    def drawn(self, width: int) -> list[Line]:
        """The lines of `last`; as in a fresh rendering, spaces show once a word follows."""
        text = self.last.expandtabs(TAB) if self.last.strip() else ""
        return list(code_line(Content(text), width)) if text or self.empty else []


@dataclass(frozen=True, slots=True)
class _Words:
    """A paragraph at the end of the text, to which plain words can be added."""

    prefix: Content
    """before each of its lines but the first"""
    room: int

    def more(self, line: Line, text: str) -> list[Line]:
        """What the last line becomes with more text: a wrap changes nothing before it."""
        start = len(self.prefix)
        before, glue = line.content[:start], line.glue
        lines: list[Line] = []
        for piece, wrapped in wrap(line.content[start:] + Content(text), self.room):
            glue = wrapped if lines else glue
            lines.append(Line(before + piece, start=0 if glue is None else start, glue=glue))
            before = self.prefix
        return lines


class GrowingText:
    """Plain text; only its last line is wrapped again."""

    def __init__(self, width: int, text: str = "") -> None:
        self.lines: list[Line] = []
        self._width = width
        self._tail = ""
        self._settled = 0
        self.append(text)

    def append(self, text: str) -> int:
        """Add text; returns the first line that may have changed."""
        changed = self._settled
        del self.lines[changed:]
        *done, self._tail = (self._tail + text).split("\n")
        if done:
            self.lines.extend(plain_lines("\n".join(done), self._width))
        self._settled = len(self.lines)
        self.lines.extend(plain_lines(self._tail, self._width))
        return changed


class GrowingMarkdown:
    """Markdown; only its last section is parsed and drawn again."""

    def __init__(self, width: int, text: str = "") -> None:
        self.lines: list[Line] = []
        self._width = width
        self._tail = ""
        """source of the last section"""
        self._item: int | None = None
        """number of the list item that the tail is, where its list began before"""
        self._settled = 0
        """lines of the sections before"""
        self._fence: _Fence | None = None
        self._words: _Words | None = None
        self.append(text)

    def append(self, text: str) -> int:
        """Add text; returns the first line that may have changed."""
        if self._words is not None and _PLAIN.fullmatch(text):
            return self._grow_words(self._words, text)
        self._tail += text
        if self._fence is not None:
            changed = self._fence.lines
            if self._grow_code(self._fence, text):
                return changed
        changed = self._settled
        del self.lines[changed:]
        found = self._settle(sections(self._tail, item=self._item))
        self._draw(found)
        self._fence = self._open_fence(found)
        self._words = self._open_words(found)
        return changed

    def _draw(self, found: Sequence[Section]) -> None:
        leaves = [leaf for section in found for leaf in section.leaves]
        self.lines.extend(markdown_lines(leaves, self._width, opening=not self.lines))

    def _settle(self, found: list[Section]) -> list[Section]:
        """Keep what can no longer change; returns the rest."""
        lines = self._tail.split("\n")
        begun = [number for number, section in enumerate(found) if _has_begun(section, lines)]
        if not begun or not begun[-1]:
            return found
        last = found[begun[-1]]
        self._draw(found[: begun[-1]])
        self._settled = len(self.lines)
        self._tail = "\n".join(lines[last.line :])
        self._item = last.item if last.goes_on else None
        return found[begun[-1] :]

    def _open_fence(self, found: Sequence[Section]) -> _Fence | None:
        """The code block that the tail is, where it has not ended."""
        match [leaf for section in found for leaf in section.leaves]:
            case [Leaf(body=Code(closed=False) as code, rest=Content(plain=""))]:
                opening = _FENCE.match(self._tail)
                if opening is None:
                    return None
                fence = _Fence(opening[1], self._tail.rpartition("\n")[2], empty=not code.text)
                fence.lines = len(self.lines) - len(fence.drawn(self._width))
                return fence
        return None

    def _open_words(self, found: Sequence[Section]) -> _Words | None:
        """The paragraph at the end, where plain words can mean nothing but themselves."""
        match found[-1].leaves[-1:] if found else ():
            case (Leaf(body=Prose(text)) as leaf,):
                last = self._tail.rpartition("\n")[2]
                styled = any(span.end == len(text) for span in text.spans)
                if styled or not _DECIDED.search(last) or leaf.rest.cell_length > LEAST:
                    return None
                room = min(self._width - leaf.rest.cell_length, MEASURE)
                return _Words(leaf.rest, room) if room >= LEAST else None
        return None

    def _grow_words(self, words: _Words, text: str) -> int:
        """Add words that change nothing before them; returns the line that they were added to."""
        spaces = len(self._tail) - len(self._tail.rstrip(" "))
        self._tail += text
        added = (" " * spaces + text).rstrip(" ")
        last = len(self.lines) - 1
        if added:
            self.lines[last:] = words.more(self.lines[last], added)
        return last

    def _grow_code(self, fence: _Fence, text: str) -> bool:
        """Add to an open code block, unless this text ends it."""
        *done, last = (fence.last + text).split("\n")
        if any(closes(line, fence.markup) for line in (*done, last)):
            return False
        del self.lines[fence.lines :]
        for line in done:
            self.lines.extend(code_line(Content(line.expandtabs(TAB)), self._width))
            fence.empty = False
        fence.last, fence.lines = last, len(self.lines)
        self.lines.extend(fence.drawn(self._width))
        return True


def _has_begun(section: Section, lines: list[str]) -> bool:
    """Whether what comes cannot make this section a part of the one before it. A line that is
    not complete can ("#" begins a heading, "#1" does not), and so can the line below what may be
    the header of a table."""
    table = "|" in lines[section.line]
    # An item of a list would be read as a header, were it read without the list before it.
    return section.line + table < len(lines) - 1 and not (table and section.goes_on)
