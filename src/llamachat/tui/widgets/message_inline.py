"""The words of a paragraph: what Markdown says inside a line, as styled text.

Line breaks of the model are kept. A link shows where it leads, an image is only named: nothing is
ever loaded, nothing opens without a click. Knows nothing of blocks and widgets.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token
from textual.content import Content, Span
from textual.style import Style

from llamachat.sanitize import for_terminal, one_line

_OPENING = {"em_open": ".emphasis", "strong_open": ".strong", "s_open": ".struck"}


class _Words:
    """Text and spans, growing."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self.length = 0

    def add(self, text: str, *styles: str | Style) -> None:
        # Again, because Markdown decodes entities: `&#x202e;` was harmless before.
        text = for_terminal(text)
        end = self.length + len(text)
        self.spans.extend(Span(self.length, end, style) for style in styles)
        self.parts.append(text)
        self.length = end

    def close(self, start: int, *styles: str | Style) -> None:
        self.spans.extend(Span(start, self.length, style) for style in styles)


def words(tokens: Sequence[Token], *, style: str = "") -> Content:
    """The children of an inline token as content; `style` lies below all of it."""
    text = _Words()
    opened: list[tuple[int, Token]] = []
    for token in tokens:
        if token.nesting == 1:
            opened.append((text.length, token))
        elif token.nesting == -1:
            start, opening = opened.pop()
            _close(text, start, opening)
        elif token.type in ("softbreak", "hardbreak"):
            text.add("\n")
        elif token.type == "code_inline":
            text.add(token.content, ".code-inline")
        elif token.type == "image":
            named = one_line(token.content)
            text.add(f"[image: {named}]", ".link", _leads_to(token.attrGet("src")))
        else:
            text.add(token.content)
    spans = [Span(0, text.length, style), *text.spans] if style else text.spans
    return Content("".join(text.parts), spans)


def _close(text: _Words, start: int, opening: Token) -> None:
    if opening.type != "link_open":
        text.close(start, _OPENING[opening.type])
        return
    target = opening.attrGet("href")
    text.close(start, ".link", _leads_to(target))
    if "".join(text.parts)[start:] != target:
        text.add(f" ({one_line(str(target))})", ".muted")


def _leads_to(target: object) -> Style:
    return Style.from_meta({"@click": f"open_link({str(target)!r})"})
