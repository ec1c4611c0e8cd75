"""Chips: long texts that stand in a draft as one short label.

A chip is recognised by its first character, which nobody can type or paste; the label alone is just
text. Knows nothing of widgets: a draft is a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from llamachat.sanitize import one_line
from llamachat.tui.widgets.composer_text import BLANK, CHIPS, clean, pasted, plain

FOLDED_LINES = 8
FOLDED_CHARACTERS = 1000
"""a paste of as many lines or characters becomes a chip"""
MAX_NAME = 40
MAX_KEPT = 8 << 20
"""characters of chips that a sent message leaves behind, for when it is recalled"""

_FIRST = re.compile(f"[{chr(CHIPS[0])}-{chr(CHIPS[-1])}]")


@dataclass(frozen=True, slots=True)
class Chip:
    token: str
    """what stands in the draft"""
    content: str
    fenced: bool = False
    """a file: stands on lines of its own"""

    def opened(self, before: str, after: str) -> str:
        """What replaces it between two parts of a line."""
        start = "\n" if self.fenced and before else ""
        end = "\n" if self.fenced and after else ""
        return f"{start}{pasted(self.content)}{end}"


class Chips:
    """The chips of a session."""

    def __init__(self) -> None:
        self._chips: dict[str, Chip] = {}
        """by first character, oldest first"""
        self._pastes = 0

    def paste(self, text: str) -> str:
        """What a pasted text puts into the draft: a chip if it is long."""
        text = clean(text)
        folded = self.fold(text)
        if not _is_long(folded):
            return pasted(folded)
        lines = _line_count(text)
        size = _count(lines, "line") if lines > 1 else _count(len(text), "character")
        self._pastes += 1
        return self._add(f"[Pasted text #{self._pastes} · {size}]", text) or pasted(text)

    def attach(self, name: str, text: str) -> str:
        """A chip for a file."""
        text, name = clean(text).removesuffix("\n"), clean(one_line(name))
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
        content = f"{name}:\n{fence}{PurePath(name).suffix[1:]}\n{text}\n{fence}"
        short = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
        label = f"[{short} · {_count(_line_count(text), 'line')}]"
        return self._add(label, content, fenced=True) or pasted(content)

    def spans(self, draft: str) -> Iterator[tuple[int, int, Chip]]:
        """Where chips stand."""
        if not self._chips or draft.isascii():
            return
        for match in _FIRST.finditer(draft):
            chip = self._chips.get(match[0])
            if chip is not None and draft.startswith(chip.token, match.start()):
                yield match.start(), match.start() + len(chip.token), chip

    def leading(self, draft: str) -> int:
        """How many characters the chips take that a draft begins with, and the spaces after them;
        0 where there are none."""
        at = 0
        for start, end, _ in self.spans(draft):
            if draft[at:start].strip(" "):
                break
            at = end
        return at and len(draft) - len(draft[at:].lstrip(" "))

    def expand(self, draft: str) -> str:
        """The text that a draft means."""
        text, at = "", 0
        for start, end, chip in self.spans(draft):
            text += plain(draft[at:start])
            at = end
            if chip.fenced:
                text = text.rstrip(" ")
                text += "\n" if text and not text.endswith("\n") else ""
                rest = draft[end:].lstrip(" ")
                at = len(draft) - len(rest)
                text += chip.content + ("" if rest.startswith("\n") or not rest else "\n")
            else:
                text += chip.content
        return text + plain(draft[at:])

    def fold(self, text: str) -> str:
        """Clean text with the contents of known chips folded again."""
        for chip in self._longest_first():
            text = text.replace(chip.content, chip.token)
        return text

    def fold_sent(self, text: str) -> str:
        """The same for what was sent, and lost the line ends at its end."""
        for chip in self._longest_first():
            bare = chip.content.strip("\n")
            if bare and text.endswith(bare):
                text = text.removesuffix(bare) + chip.token
        return self.fold(text)

    def _longest_first(self) -> list[Chip]:
        return sorted(self._chips.values(), key=lambda chip: len(chip.content), reverse=True)

    def prune(self) -> None:
        """Forget the oldest where they are too many; only while no draft holds one."""
        kept = 0
        for first, chip in reversed(list(self._chips.items())):
            kept += len(chip.content)
            if kept > MAX_KEPT:
                del self._chips[first]

    def _add(self, label: str, content: str, *, fenced: bool = False) -> str:
        """The token of a new chip; nothing if there are as many as there can be."""
        first = next((chr(code) for code in CHIPS if chr(code) not in self._chips), "")
        if first:
            token = first + pasted(label[1:]).replace(" ", BLANK)
            self._chips[first] = Chip(token, content, fenced)
            return token
        return ""


def _is_long(text: str) -> bool:
    return len(text) >= FOLDED_CHARACTERS or _line_count(text) >= FOLDED_LINES


def _line_count(text: str) -> int:
    return text.removesuffix("\n").count("\n") + 1


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
