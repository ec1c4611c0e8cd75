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

from llamachat.tui.widgets.message_line import TAB, Line
from llamachat.tui.widgets.message_lines import code_line, markdown_lines, plain_lines
from llamachat.tui.widgets.message_markdown import Code, Leaf, Section, closes, sections

_FENCE = re.compile(r"(`{3,}|~{3,})[^\n|]*\n")
"""with a "|" in it, it could still become the header of a table"""


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
        self.append(text)

    def append(self, text: str) -> int:
        """Add text; returns the first line that may have changed."""
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
        return changed

    def _draw(self, found: Sequence[Section]) -> None:
        leaves = [leaf for section in found for leaf in section.leaves]
        self.lines.extend(markdown_lines(leaves, self._width, opening=not self.lines))

    def _settle(self, found: list[Section]) -> list[Section]:
        """Keep what can no longer change; returns the rest. A line that is not complete may
        still turn out to go on with the paragraph before it ("#" begins a heading, "#1" not)."""
        complete = self._tail.count("\n")
        begun = [number for number, section in enumerate(found) if section.decided < complete]
        if not begun or not begun[-1]:
            return found
        last = found[begun[-1]]
        self._draw(found[: begun[-1]])
        self._settled = len(self.lines)
        self._tail = self._tail.split("\n", last.line)[-1]
        goes_on = last.item is not None and last.leaves[0].gap is None
        self._item = last.item if goes_on else None
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
