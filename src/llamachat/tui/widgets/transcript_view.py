"""The scrolling part of a transcript: draws a column of cards, keeps the reader's place.

One widget draws all lines itself, because a widget for each block costs too much beside a model
that computes on all cores: one more word in an answer took 13 to 75 ms with Textual's Markdown,
most of it for laying out hundreds of widgets anew. Knows nothing of what the messages are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.content import Content, Span
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from llamachat.tui.widgets.message_card import Card
from llamachat.tui.widgets.message_line import LEAST, Line, wrap
from llamachat.tui.widgets.scroll_bar import LightScrollBar
from llamachat.tui.widgets.transcript_column import Column, Place
from llamachat.tui.widgets.transcript_marking import copied, line_id
from llamachat.tui.widgets.transcript_paint import GUTTER, Painter

MARGIN = 1
"""cells right of the text"""
ABOVE = 2
"""lines above one that is looked for"""
MORE = " ↓ more below "


class TranscriptView(ScrollView, can_focus=True, inherit_bindings=False):
    """A column of cards. No border and no padding: it draws its whole region itself."""

    following = reactive(True, repaint=False)
    """the end stays in view while more comes"""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"transcript--{name}"
        for name in (
            "user", "assistant", "system", "system-text", "bar", "muted", "more", "hint",
            "note", "warning", "error", "heading", "subheading", "strong", "emphasis", "struck",
            "code", "code-inline", "link", "marker", "quote",
        )
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.auto_links = False  # links are styled here; Textual's would repaint at each move
        self.column = Column()
        self.chosen: Card | None = None
        """the selected message"""
        self.hint = ""
        """shown while there is nothing else"""
        self._place: Place = (0, 0)
        self._moving = False
        self._settled = Size(0, 0)
        self._painter: Painter | None = None
        self._thumb = (0, 0)
        """first and last eighth of a cell of the scroll bar's thumb, as it was drawn"""

    @property
    def room(self) -> int:
        """Cells of a line left of the margin and the scroll bar."""
        return self.size.width - self.scrollbar_size_vertical - MARGIN

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        if self._vertical_scrollbar is None:
            bar = LightScrollBar(name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar

    # The place of the reader

    def settle(self) -> None:
        """Measure what is near the viewport and keep the place; after every change of cards."""
        height = self.size.height
        if not height:
            return
        self._settled = self.size
        if self.following:
            self._move_to(self.column.settle_end(height))
        else:
            self._move_to(self.column.settle(self._place, height))
        self.refresh()

    def go_to(self, y: float) -> None:
        """Scroll to a line; at the end, follow."""
        self.scroll_to(y=y)

    def show_card(self, index: int, *, end: bool = False) -> None:
        """Scroll as little as shows a card; of one that is too long its beginning, or its end."""
        y, height = self.column.top(index), self.column.height(index)
        first, room = round(self.scroll_y), self.size.height
        if y < first and not (end and height > room):
            self.go_to(y)
        elif y + height > first + room or end:
            self.go_to(y if height > room and not end else y + height - room)

    def go_to_card(self, index: int, line: int = 0) -> None:
        """Put the beginning of a card at the top, or as near as the end allows; where a line would
        be below the screen then, put that near the top."""
        self.set_reactive(TranscriptView.following, False)
        self._place = (index, line - ABOVE if line + 1 > self.size.height else 0)
        self.settle()
        self.following = bool(self.size) and round(self.scroll_y) >= self.max_scroll_y

    def _move_to(self, y: int) -> None:
        self._moving = True
        total = self.column.total
        # Assigned, it would lay out the whole screen; a layout costs more than all the rest.
        self.set_reactive(Widget.virtual_size, Size(self.size.width, total))
        if self.show_vertical_scrollbar != (total > self.size.height):
            self._scroll_update(self.virtual_size)
        self.scroll_y = self.scroll_target_y = y
        self._moving = False
        self._place = self.column.at(round(self.scroll_y))
        self._draw_bar()

    def _draw_bar(self) -> None:
        """Tell the scroll bar; it is drawn only when its thumb moves by what can be seen."""
        if not self.show_vertical_scrollbar:
            return
        bar, room = self.vertical_scrollbar, self.size.height
        total, y = self.virtual_size.height, self.scroll_y
        bar.set_reactive(ScrollBar.window_virtual_size, total)
        bar.set_reactive(ScrollBar.window_size, room)
        bar.set_reactive(ScrollBar.position, y)
        eighths = 8 * room / max(total, 1)
        thumb = (round(y * eighths), round((y + room) * eighths))
        if thumb != self._thumb:
            self._thumb = thumb
            bar.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if round(old_value) != round(new_value):
            self.refresh(Region(0, 0, self.room + MARGIN, self.size.height))
        if not self._moving and self.size == self._settled:
            self._place = self.column.at(round(new_value))
            self.following = round(new_value) >= self.max_scroll_y
            self.settle()

    def watch_following(self) -> None:
        self.settle()

    def on_resize(self) -> None:
        index, line = self._place
        before = self.column.height(index) if self.column.cards else 1
        self.column.resize(max(self.room - GUTTER, LEAST))
        self._painter = None
        if self.column.cards and self.size.height:
            self.column.settle((index, 0), self.size.height)
            self._place = (index, round(line * self.column.height(index) / before))
        self.settle()

    def scroll_to(self, x: float | None = None, y: float | None = None, **_options: object) -> None:
        """Scroll at once: an animation would draw 60 times a second."""
        self._scroll_to(x, y, animate=False)

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines. Textual would build each anew after a scroll; here most are kept."""
        strips = self._strips(crop.y, crop.height)
        for line_filter in self.get_line_filters():
            background = self.background_colors[1]
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, self.outer_size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """The line with the places of its characters, by which the mouse finds them."""
        place = next((place for place, _ in self._lines(y, 1)), None)
        strip = self._strips(y, 1)[0]
        if place is None:
            return strip
        gutter = strip.crop(0, GUTTER).apply_meta({"offset": (0, line_id(place))})
        return Strip.join([gutter, strip.crop(GUTTER).apply_offsets(0, line_id(place))])

    def _lines(self, y: int, count: int) -> Iterator[tuple[Place, Line]]:
        """What is at line y of the viewport and below."""
        return self.column.lines(round(self.scroll_y) + y, count)

    def _strips(self, y: int, count: int) -> list[Strip]:
        painter = self._paint()
        marked = self.text_selection
        chosen = self.chosen if self.has_focus else None
        strips = []
        for (index, number), line in self._lines(y, count):
            span = marked.get_span(line_id((index, number))) if marked else None
            card = self.column.cards[index]
            selected = card is chosen and number < self.column.height(index) - 1
            strips.append(painter.paint(line, selected=selected, span=span))
        strips += [painter.blank()] * (count - len(strips))
        if not self.column.cards:
            self._draw_hint(strips, y)
        elif not self.following and y <= self.size.height - 1 < y + count:
            strips[self.size.height - 1 - y] = self._with_mark(strips[self.size.height - 1 - y])
        return strips

    def _paint(self) -> Painter:
        if self._painter is None:
            self._painter = Painter(self, "transcript--", self.outer_size.width, self.room)
        return self._painter

    def _with_mark(self, strip: Strip) -> Strip:
        """The last line of the viewport, with the way back to the end."""
        styles = (".more", Style.from_meta({"@click": "follow"}))
        mark = Content(MORE, [Span(0, len(MORE), style) for style in styles])
        start = max(self.room - len(MORE), 0)
        end = start + len(MORE)
        return Strip.join([strip.crop(0, start), self._paint().text(mark), strip.crop(end)])

    def _draw_hint(self, strips: list[Strip], y: int) -> None:
        """Put the hint into the middle of an empty transcript."""
        width = max(self.room - GUTTER, LEAST)
        lines = [line for line, _ in wrap(Content.styled(self.hint, ".hint"), width)]
        top = max((self.size.height - len(lines)) // 2, 0)
        for number, line in enumerate(lines):
            if 0 <= top + number - y < len(strips):
                text = Line(line.pad_left(max((width - line.cell_length) // 2, 0)))
                strips[top + number - y] = self._paint().paint(text, selected=False)

    def notify_style_update(self) -> None:
        """Another theme: all colours are made anew, and those inside of code too."""
        super().notify_style_update()
        self._painter = None

    # Text marked with the mouse

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return copied(self.column, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()
