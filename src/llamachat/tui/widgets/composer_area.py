"""The text of the composer: a text area that knows chips and pastes.

The cursor never stands inside a chip or inside a character made of several; an edit takes such a
thing whole. Knows nothing of sending, history or commands: its owner is asked first about each key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.document._document import EditResult, Location, Selection
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.expand_tabs import expand_text_tabs_from_widths
from textual.geometry import Offset, Size
from textual.strip import Strip
from textual.widgets import TextArea

from llamachat.tui.widgets.composer_chips import Chips
from llamachat.tui.widgets.composer_keys import EDITING
from llamachat.tui.widgets.composer_text import cluster_around, is_letter, plain
from llamachat.tui.widgets.composer_wrap import DraftWrapping


class DraftArea(TextArea, inherit_bindings=False):
    """A draft as one edits it. Its `text` holds private characters: read it through `chips`."""

    BINDINGS: ClassVar[list[BindingType]] = [*EDITING]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"draft-area--chip"}

    def __init__(self, first: Callable[[events.Key | events.Paste], bool]) -> None:
        self.chips = Chips()
        self._first = first
        super().__init__(tab_behavior="focus", highlight_cursor_line=False)
        self.cursor_blink = False  # two repaints a second, and restless

    # Keys

    async def on_key(self, event: events.Key) -> None:
        """Act on keys in the order they came.

        A binding would act after the key has bubbled up to the app; letters typed meanwhile would
        be inserted before it.
        """
        with_alt = event.is_printable and event.key.startswith("alt+")  # which writes nothing
        typed = event.is_printable and not with_alt
        done = self._first(event) or (not typed and await self._acted(event.key))
        if not done and event.character and is_letter(event.character):
            self.replace_selection(event.character)
            done = True
        if done:
            event.stop()
        if done or with_alt:
            event.prevent_default()

    async def _acted(self, key: str) -> bool:
        key = key.replace("\r", "enter")  # as xterm and tmux report it with a modifier
        bound = self.screen.active_bindings.get(key)
        if bound is None or bound.node not in (self, self.parent):
            return False
        return await self.app.run_action(bound.binding.action, bound.node)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if not self._first(event):
            self.paste(event.text)

    async def on_click(self, event: events.Click) -> None:
        row, column = self.get_target_document_location(event)
        if self.selection.is_empty:
            for start, end, _ in self.chips.spans(self.document.get_line(row)):
                if start <= column < end:
                    self._open(row, start)

    @property
    def expanded(self) -> str:
        """The text that the draft means."""
        return self.chips.expand(self.text)

    # Edits

    def paste(self, text: str) -> None:
        """Insert text from outside, folded if it is long; none of it is an instruction."""
        self.replace_selection(self.chips.paste(text))

    def replace_selection(self, draft: str) -> None:
        self.replace(draft, *self.selection, maintain_selection_offset=False)

    def replace_all(self, draft: str) -> None:
        """Put another draft in place of this one; undo brings it back."""
        end = self.document.end
        self.replace(draft, self.document.start, end, maintain_selection_offset=False)

    def open_chip(self) -> bool:
        """Put the text of the chip at the cursor in its place; else of the last one before it."""
        row, column = self.cursor_location
        nearest: tuple[int, int] | None = None
        for at in range(self.document.line_count):
            for start, _, _ in self.chips.spans(self.document.get_line(at)):
                if nearest is None or (at, start) <= (row, column):
                    nearest = (at, start)
        return nearest is not None and self._open(*nearest)

    def _open(self, row: int, column: int) -> bool:
        line = self.document.get_line(row)
        for start, end, chip in self.chips.spans(line):
            if start == column:
                text = chip.opened(before=line[:start], after=line[end:])
                self.replace(text, (row, start), (row, end), maintain_selection_offset=False)
                return True
        return False

    def edit(self, edit: Edit) -> EditResult:
        top, bottom = (self._unit(place) for place in (edit.top, edit.bottom))
        if edit.top == edit.bottom:
            edit.from_location = edit.to_location = bottom[1]
        else:
            edit.from_location, edit.to_location = top[0], bottom[1]
        return super().edit(edit)

    def action_delete_right(self) -> None:
        if not self.text:
            raise SkipAction  # Ctrl+D on an empty draft is for the app
        super().action_delete_right()

    def action_cut(self) -> None:
        start, end = self.selection
        result = self._delete_cursor_line() if start == end else self.delete(start, end)
        if result is not None and result.replaced_text:
            self.app.copy_to_clipboard(self.chips.expand(result.replaced_text))

    def action_paste(self) -> None:
        self.paste(self.app.clipboard)

    @property
    def selected_text(self) -> str:
        return self.chips.expand(super().selected_text)

    # The cursor

    def validate_selection(self, selection: Selection) -> Selection:
        return Selection(self._outside(selection.start), self._outside(selection.end))

    def _outside(self, location: Location) -> Location:
        """The edge of what the location would cut: onwards if it is being passed."""
        start, end = self._unit(location)
        came_from = self.selection.end
        if came_from[0] == location[0]:
            return end if came_from <= start else start
        return start if location[1] - start[1] < end[1] - location[1] else end

    def _unit(self, location: Location) -> tuple[Location, Location]:
        """Start and end of what the location would cut; twice the location if that is nothing."""
        row, column = location
        if row >= self.document.line_count:  # the end of a line that is deleted whole
            return location, location
        line = self.document.get_line(row)
        found = None if line.isascii() else cluster_around(line, column)
        for start, end, _ in self.chips.spans(line):
            if start < column < end:
                found = start, end
        start, end = found or (column, column)
        return (row, start), (row, end)

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """No brackets are matched: it would cost a walk through the draft for each key."""
        return None

    def on_resize(self) -> None:
        self.call_after_refresh(self._follow_cursor)

    def _follow_cursor(self) -> None:
        if self.is_mounted:
            self.scroll_cursor_visible()
            self.place_cursor()

    def place_cursor(self) -> None:
        """Put the terminal's own cursor, where input methods open, to ours."""
        if self.has_focus:
            self.app.cursor_position = self.cursor_screen_offset

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Scroll to the cursor, if it is there: amid an undo it stands where lines were."""
        if self.cursor_location[0] >= self.document.line_count:
            return Offset()
        return super().scroll_cursor_visible(center, animate)

    # The look

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        self.wrapped_document = DraftWrapping(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as the draft, up to a third of the screen; a parent of automatic height would
        not obey a maximum in `vh`.
        """
        return min(self.wrapped_document.height, max(1, viewport.height // 3))

    def _render_line(self, y: int) -> Strip:
        """One row. TextArea would style and divide the whole line for each row of it."""
        wrapped, row = self.wrapped_document, y + self.scroll_offset.y
        if row >= wrapped.height:
            return Strip.blank(self.size.width, self.rich_style)
        number, section = wrapped._offset_to_line_info[row]
        line = self.document.get_line(number)
        cuts = [0, *wrapped.get_offsets(number), len(line)]
        start, end = cuts[section : section + 2]
        beyond = " " if end == len(line) else ""  # where the cursor rests at the end
        text = Text(plain(line[start:end]) + beyond, end="", no_wrap=True)
        for style, from_, to in self._styles(number, line):
            if from_ < end + len(beyond) and to > start:
                text.stylize(style, max(0, from_ - start), to - start)
        tabs = line.count("\t", 0, start)
        widths = wrapped.get_tab_widths(number)[tabs : tabs + line.count("\t", start, end)]
        if widths:
            text = expand_text_tabs_from_widths(text, widths)
        strip = Strip(text.render(self.app.console), text.cell_len)
        width = self.scrollable_content_region.width
        return strip.extend_cell_length(width).apply_style(self.rich_style)

    def _styles(self, number: int, line: str) -> list[tuple[Style, int, int]]:
        """What is styled in a line, from which column to which."""
        styles = []
        for start, end, _ in self.chips.spans(line):
            styles.append((self.get_component_rich_style("draft-area--chip"), start, end))
        (top_row, top), (bottom_row, bottom) = sorted(self.selection)
        if top_row <= number <= bottom_row and not self.selection.is_empty:
            start = top if number == top_row else 0
            end = bottom if number == bottom_row else max(1, len(line))
            styles.append((self.get_component_rich_style("text-area--selection"), start, end))
        row, column = self.cursor_location
        if row == number and self._draw_cursor:
            end = self._unit((row, column + 1))[1][1] if column < len(line) else column + 1
            is_chip = any(start == column for start, _, _ in self.chips.spans(line))
            end = column + 1 if is_chip else end
            styles.append((self.get_component_rich_style("text-area--cursor"), column, end))
        return styles
