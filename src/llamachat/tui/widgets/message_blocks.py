"""Walks over the tokens of a Markdown text once and makes leaves of them.

Containers (quotes, items of lists) become what stands before the lines of their leaves. Knows
nothing of widths and widgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from textual.content import Content

from llamachat.sanitize import one_line
from llamachat.tui.widgets.message_inline import words
from llamachat.tui.widgets.message_markdown import (
    EMPTY,
    Code,
    Leaf,
    Prose,
    Rule,
    Section,
    Table,
    closes,
)

_BULLETS = "•◦‣"
_QUOTE = Content.styled("▎ ", ".quote")


@cache
def parser() -> MarkdownIt:
    """CommonMark without HTML and reference definitions, with tables and strikethrough."""
    rules = MarkdownIt("commonmark", {"html": False})
    return rules.enable(["table", "strikethrough"]).disable("reference")


@dataclass(slots=True)
class _Level:
    """An open container: a quote or an item of a list."""

    first: Content
    rest: Content
    used: bool = False
    """its first line has been written"""


@dataclass(slots=True)
class _List:
    """An open list."""

    ordered: bool
    next: int = 1
    """number of the next item; bullets are counted too"""
    begun: bool = False
    """it has an item"""


class Blocks:
    """What has been read so far."""

    def __init__(self, lines: list[str], item: int | None) -> None:
        self._lines = lines
        self._resumed = item
        self._begun: list[Section] = []
        self._leaves: list[list[Leaf]] = []
        self._levels: list[_Level] = []
        self._lists: list[_List] = []
        self._gap = True
        self._style = ""
        self._rows: list[list[Content]] | None = None

    def sections(self) -> list[Section]:
        """The sections, complete."""
        pairs = zip(self._begun, self._leaves, strict=True)
        return [Section(begun.line, tuple(leaves), begun.item) for begun, leaves in pairs]

    def take(self, token: Token) -> None:
        """Read the next token; those without a method of their own mean nothing here."""
        is_list = token.type in ("bullet_list_open", "ordered_list_open")
        if token.level == 0 and token.nesting >= 0 and token.map and not is_list:
            self._begin(token.map[0])
        visit = getattr(self, f"visit_{token.type}", None)
        if visit is not None:
            visit(token)

    def _begin(self, line: int, item: int | None = None) -> None:
        self._begun.append(Section(line, (), item))
        self._leaves.append([])

    def _emit(self, body: Prose | Code | Table | Rule) -> None:
        levels = self._levels
        gap = EMPTY.join(level.rest for level in levels if level.used)
        first = EMPTY.join(level.rest if level.used else level.first for level in levels)
        rest = EMPTY.join(level.rest for level in levels)
        for level in levels:
            level.used = True
        self._leaves[-1].append(Leaf(body, first, rest, gap if self._gap else None))
        self._gap = True

    def visit_inline(self, token: Token) -> None:
        text = words(token.children or (), style=self._style)
        if self._rows is None:
            self._emit(Prose(text))
        else:
            self._rows[-1].append(text)

    def visit_heading_open(self, token: Token) -> None:
        self._style = ".heading" if token.tag in ("h1", "h2") else ".subheading"

    def visit_heading_close(self, token: Token) -> None:
        self._style = ""

    def visit_hr(self, token: Token) -> None:
        self._emit(Rule())

    def visit_fence(self, token: Token) -> None:
        assert token.map is not None
        begin, end = token.map
        last = self._lines[end - 1] if end - begin > 1 else ""
        closed = closes(last, token.markup, nested=token.level > 0)
        language = one_line("".join(token.info.split()[:1]))
        self._emit(Code(token.content, language, closed))

    def visit_code_block(self, token: Token) -> None:
        self._emit(Code(token.content))

    def visit_blockquote_open(self, token: Token) -> None:
        self._levels.append(_Level(_QUOTE, _QUOTE))

    def visit_blockquote_close(self, token: Token) -> None:
        self._levels.pop()

    def visit_bullet_list_open(self, token: Token) -> None:
        self._lists.append(_List(ordered=False))

    def visit_bullet_list_close(self, token: Token) -> None:
        self._lists.pop()

    def visit_ordered_list_open(self, token: Token) -> None:
        start = token.attrGet("start")
        self._lists.append(_List(ordered=True, next=1 if start is None else int(start)))

    def visit_ordered_list_close(self, token: Token) -> None:
        self._lists.pop()

    def visit_list_item_open(self, token: Token) -> None:
        items = self._lists[-1]
        top = token.level == 1
        if top and self._resumed is not None:
            items.next, items.begun, self._resumed = self._resumed, True, None
        if top:
            assert token.map is not None
            self._begin(token.map[0], items.next)
        nested = not top and any(level.used for level in self._levels)
        self._gap = self._gap and not items.begun and not nested
        bullet = _BULLETS[(len(self._lists) - 1) % len(_BULLETS)]
        marker = f"{items.next}. " if items.ordered else f"{bullet} "
        self._levels.append(_Level(Content.styled(marker, ".marker"), Content(" " * len(marker))))
        items.next += 1
        items.begun = True

    def visit_list_item_close(self, token: Token) -> None:
        if not self._levels[-1].used:
            self._emit(Prose(EMPTY))
        self._levels.pop()

    def visit_table_open(self, token: Token) -> None:
        self._rows = []

    def visit_tr_open(self, token: Token) -> None:
        assert self._rows is not None
        self._rows.append([])

    def visit_table_close(self, token: Token) -> None:
        rows, self._rows = self._rows or [], None
        self._emit(Table(tuple(tuple(row) for row in rows)))
