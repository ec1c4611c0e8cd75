"""A dialog in which one types to narrow a list and chooses a row with the arrow keys.

The field keeps the focus; keys that move or choose act on the list whichever of both has it. Knows
nothing of what the rows stand for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from llamachat.errors import LlamaChatError
from llamachat.sanitize import one_line
from llamachat.tui.screens.dialog import Dialog, Result


class FilterInput(Input):
    """A line of text above a list. Enter belongs to the list; so does Del at the end of the
    line, where there is nothing to delete."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "submit":
            return False
        if action == "delete_right" and self.cursor_position >= len(self.value):
            return False
        return super().check_action(action, parameters)


class Listing(OptionList):
    """Rows of a dialog; Enter is the dialog's own binding, so that its footer shows it."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "select" and super().check_action(action, parameters)

    def show(self, options: Iterable[Option], *, highlight: str | None = None) -> None:
        """Replace all rows; the highlight goes to the named one, or else to the first."""
        rows = list(options)
        self.set_options(rows)
        ids = [row.id for row in rows]
        wanted = ids.index(highlight) if highlight in ids else 0
        self.highlighted = wanted if rows else None

    @property
    def chosen(self) -> str | None:
        """Id of the highlighted row."""
        option = self.highlighted_option
        return option.id if option else None


class ListDialog(Dialog[Result]):
    """A dialog with a field, a list and a line for an empty list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('cursor_up')", "Up", show=False, id="list.up",
                tooltip="The row above"),
        Binding("down", "move('cursor_down')", "Down", show=False, id="list.down",
                tooltip="The row below"),
        Binding("pageup", "move('page_up')", "Page up", show=False, id="list.page_up",
                tooltip="One screen of rows up"),
        Binding("pagedown", "move('page_down')", "Page down", show=False, id="list.page_down",
                tooltip="One screen of rows down"),
    ]  # fmt: skip
    AUTO_FOCUS = "FilterInput"

    @dataclass
    class Failed(Message):
        """Posted by a thread whose work was refused."""

        error: LlamaChatError

    placeholder: str = ""

    def body(self) -> ComposeResult:
        yield FilterInput(placeholder=self.placeholder, compact=True, classes="dialog-field")
        yield Listing(markup=False, compact=True, classes="dialog-list")
        yield Static("", classes="dialog-empty", markup=False)
        yield Static("", classes="dialog-error", markup=False)

    @property
    def field(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def listing(self) -> Listing:
        return self.query_one(Listing)

    def show_rows(
        self, options: Iterable[Option], *, highlight: str | None = None, empty: str = ""
    ) -> None:
        """Replace the rows; `empty` is said where there are none."""
        self.listing.show(options, highlight=highlight)
        count = self.listing.option_count
        self.query_one(".dialog-empty", Static).update(empty)
        self.set_class(count == 0, "-empty")

    def refuse(self, why: str) -> None:
        """Say below the list what went wrong; nothing said = all is well."""
        self.query_one(".dialog-error", Static).update(Content(one_line(why)))
        self.set_class(bool(why), "-refused")

    def on_list_dialog_failed(self, event: Failed) -> None:
        self.refuse(str(event.error))

    def action_move(self, how: str) -> None:
        getattr(self.listing, f"action_{how}")()

    def action_choose(self) -> None:
        """Subclasses dismiss with what the highlighted row stands for."""

    def on_option_list_option_selected(self) -> None:
        """A click."""
        self.action_choose()
