"""Lines of a transcript in the colours of its stylesheet.

A painted line is kept until the look changes, so that a scroll paints only what is new. Knows
nothing of cards and places.
"""

from __future__ import annotations

from dataclasses import replace

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from llamachat.tui.widgets.message_line import Line

GUTTER = 2
"""cells before the text; they show which message is selected"""
_PLAIN = "  "
_SELECTED = "▎ "


class Painter:
    """Paints for one widget, one width and one theme."""

    def __init__(self, widget: Widget, prefix: str, width: int, room: int) -> None:
        """`prefix` begins the names of component classes; `width` is that of a line with all that
        lies right of the text, `room` that of gutter and text."""
        self._widget = widget
        self._prefix = prefix
        self._width = width
        self._room = room
        self._styles: dict[str | Style, Style] = {}
        self._looks: dict[bool, object] = {False: object(), True: object()}

    def paint(self, line: Line, *, selected: bool, span: tuple[int, int] | None = None) -> Strip:
        """The line as the terminal gets it; `span`: characters that the mouse has marked."""
        look = self._looks[selected]
        if span is None and line.painted is not None and line.painted[0] is look:
            return line.painted[1]
        strip = self._painted(line, selected, span)
        if span is None:
            line.painted = (look, strip)
        return strip

    def text(self, content: Content, style: str = "") -> Strip:
        """A piece of a line."""
        return Strip(self._segments(content, style))

    def blank(self) -> Strip:
        """An empty line."""
        return Strip.blank(self._width, self._base("").rich_style)

    def style(self, name: str | Style) -> Style:
        """The style of a name: of a component class, or in Textual's own words."""
        if name not in self._styles:
            self._styles[name] = self._resolved(name)
        return self._styles[name]

    def _resolved(self, name: str | Style) -> Style:
        if isinstance(name, Style):
            return name
        if not name.startswith("."):
            return Style.parse(name)
        component = self._prefix + name[1:]
        look = self._widget.get_visual_style(component)
        # Only what the component sets itself, because it may lie on another one. Textual's
        # "partial" takes muted text to be on black, and drops opaque backgrounds.
        rules = self._widget.get_component_styles(component)
        coloured = rules.has_rule("color") or rules.has_rule("auto_color")
        return replace(
            look,
            background=rules.background if rules.has_rule("background") else None,
            foreground=look.foreground if coloured else None,
        )

    def _base(self, style: str) -> Style:
        base = self._widget.visual_style
        return base + self.style(style) if style else base

    def _segments(self, content: Content, style: str = "") -> list[Segment]:
        pieces = content.render(self._base(style), end="", parse_style=self.style)
        return [Segment(text, look.rich_style) for text, look in pieces if text]

    def _painted(self, line: Line, selected: bool, span: tuple[int, int] | None) -> Strip:
        content = line.content
        if span is not None:
            start, end = span
            end = len(content) if end < 0 else end
            content = content.stylize(self._marked(), min(start, end), end)
        gutter = Content.styled(_SELECTED if selected else _PLAIN, ".bar")
        segments = [*self._segments(gutter), *self._segments(content, line.fill)]
        cells, blank = GUTTER + content.cell_length, self._base("").rich_style
        if line.fill and cells < self._room:
            segments.append(Segment(" " * (self._room - cells), self._base(line.fill).rich_style))
            cells = self._room
        if cells > self._room:
            strip = Strip(segments, cells).crop(0, self._room)
            return strip.extend_cell_length(self._width, blank)
        return Strip([*segments, Segment(" " * (self._width - cells), blank)], self._width)

    def _marked(self) -> Style:
        styles = self._widget.screen.get_component_styles("screen--selection")
        return Style.from_styles(styles)
