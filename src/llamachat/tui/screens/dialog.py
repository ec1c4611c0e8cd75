"""What all modal screens share: a heading, a body, and a footer made from the bindings.

Escape closes every one of them. Knows nothing of what a body shows.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from llamachat.sanitize import one_line
from llamachat.tui.timers import KeepsTime
from llamachat.tui.widgets.key_line import KeyLine

Result = TypeVar("Result")


class Dialog(KeepsTime, ModalScreen[Result | None]):
    """A panel above the chat. Subclasses yield their widgets in `body`.

    The component classes are the few ways in which text of a dialog differs from plain text;
    content names them as styles: ".dialog--dim".
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "dialog--strong",
        "dialog--dim",
        "dialog--match",
        "dialog--good",
        "dialog--warn",
        "dialog--bad",
        "dialog--scaffold",
    }
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (90, "-normal"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="dialog.close", tooltip="Back to the chat"),
    ]
    heading: str = ""

    def compose(self) -> ComposeResult:
        self._fit()
        with Vertical(classes="dialog"):
            with Horizontal(classes="dialog-head"):
                yield Static(Content(one_line(self.heading)), classes="dialog-heading")
                yield Static("", classes="dialog-note", markup=False)
            yield from self.body()
            yield KeyLine(show_command_palette=False, compact=True)

    def _fit(self) -> None:
        """Know the form before anything is laid out; Textual tells it afterwards, and again."""
        width, height = self.app.size
        for name in self._get_breakpoint_classes(width, self.HORIZONTAL_BREAKPOINTS):
            self.add_class(name)
        for name in self._get_breakpoint_classes(height, self.VERTICAL_BREAKPOINTS):
            self.add_class(name)

    def body(self) -> ComposeResult:
        """Everything between heading and footer."""
        yield from ()

    def note(self, text: str | Content) -> None:
        """Small print at the right end of the heading."""
        shown = Content(one_line(text)) if isinstance(text, str) else text
        self.query_one(".dialog-note", Static).update(shown)

    def action_close(self) -> None:
        self.dismiss(None)
