"""One question with two answers. Knows nothing of what is asked."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from llamachat.sanitize import for_terminal
from llamachat.tui.screens.dialog import Dialog


class ConfirmScreen(Dialog[bool]):
    """Dismisses with True for yes, and with False for no or Escape; "no" is highlighted first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n", "answer(False)", "No", id="confirm.no", tooltip="Leave it as it is"),
    ]
    AUTO_FOCUS = "OptionList"

    def __init__(self, question: str, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self.heading = ""
        self._question, self._yes, self._no = question, yes, no
        self.add_class("-small")

    def body(self) -> ComposeResult:
        yield Static(Content(for_terminal(self._question)), classes="dialog-question")
        answers = (Option(Content(self._no), "no"), Option(Content(self._yes), "yes"))
        yield OptionList(*answers, markup=False, compact=True, classes="dialog-list")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)

    def action_close(self) -> None:
        self.dismiss(False)
