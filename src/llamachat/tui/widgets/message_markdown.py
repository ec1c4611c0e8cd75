"""Markdown as a flat list of leaves: prose, code, tables, rules, and what stands before each.

A document is cut into sections (blocks of the top level, items of lists), so that a growing text
needs only its last section parsed again. Three things differ from CommonMark because this text is
written by a model and grows: HTML is text, link reference definitions are text (a late one would
change what was shown), and a line break is a line break. Knows nothing of widths and widgets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from textual.content import Content

EMPTY = Content("")

_PLAIN = re.compile(r"[^\W\d_](?:[^\W_]|[ ,;.:!?'’()–—-])*")
"""one line that means nothing else in Markdown"""


@dataclass(frozen=True, slots=True)
class Prose:
    text: Content


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    language: str = ""
    closed: bool = True
    """the end of the fence has come"""


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[Content, ...], ...]
    """the first one is the header"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block without children."""

    body: Prose | Code | Table | Rule
    first: Content = EMPTY
    """before its first line: markers of lists, bars of quotes"""
    rest: Content = EMPTY
    """before its other lines"""
    gap: Content | None = None
    """before the empty line above; None: there is none"""


@dataclass(frozen=True, slots=True)
class Section:
    """Leaves that later text can no longer change once another section has begun."""

    line: int
    """of the source, where it begins"""
    leaves: tuple[Leaf, ...]
    item: int | None = None
    """its number, where it is an item of a list of the top level"""

    @property
    def goes_on(self) -> bool:
        """Whether it is an item of a list that began before it."""
        return self.item is not None and self.leaves[0].gap is None


def sections(source: str, *, item: int | None = None) -> list[Section]:
    """The parts of a text; `item` is the number of the list item it begins with, where that list
    began before it."""
    if item is None and _PLAIN.fullmatch(source):
        return [Section(0, (Leaf(Prose(Content(source.rstrip(" "))), gap=EMPTY),))]
    from llamachat.tui.widgets.message_blocks import Blocks, parser  # 25 ms the first time

    blocks = Blocks(source.split("\n"), item)
    for token in parser().parse(source):
        blocks.take(token)
    return blocks.sections()


def code_blocks(source: str) -> list[str]:
    """The code of a text, block by block, as `copy` needs it."""
    leaves = (leaf for section in sections(source) for leaf in section.leaves)
    return [leaf.body.text.rstrip("\n") for leaf in leaves if isinstance(leaf.body, Code)]


def closes(line: str, markup: str, *, nested: bool = False) -> bool:
    """Whether a line ends the fence that `markup` opened."""
    margin = r"[ \t>]*" if nested else r" {0,3}"
    return bool(re.fullmatch(f"{margin}{re.escape(markup)}{re.escape(markup[0])}*[ \\t]*", line))
