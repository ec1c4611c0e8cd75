"""A small form for the variables that a prompt template asks for before a chat begins.

Defaults stand in their fields already. Knows nothing of what the values are used for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from llamachat.chat.prompt_template import PromptTemplate, Variable
from llamachat.sanitize import for_terminal, one_line
from llamachat.tui.screens.dialog import Dialog


class VariableInput(Input):
    """One value. A default of several lines stays out of the field: left empty it holds."""

    def __init__(self, variable: Variable) -> None:
        default = variable.default or ""
        one = "\n" not in default
        hint = "" if one else f"{default.splitlines()[0]} …"
        super().__init__(
            default if one else "", placeholder=one_line(hint), compact=True, classes="dialog-field"
        )
        self.variable = variable

    @property
    def missing(self) -> bool:
        return self.variable.default is None and not self.value.strip()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter is the form's."""
        return action != "submit" and super().check_action(action, parameters)


class VariablesScreen(Dialog[dict[str, str]]):
    """Dismisses with all values, those that were given included, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "Next, or begin", id="variables.next",
                tooltip="To the field below; from the last one, begin"),
        Binding("up", "app.focus_previous", "Up", show=False, id="variables.up",
                tooltip="The field before this one"),
        Binding("down", "app.focus_next", "Down", show=False, id="variables.down",
                tooltip="The field after this one"),
    ]  # fmt: skip
    AUTO_FOCUS = "VariableInput"

    def __init__(self, template: PromptTemplate, given: Mapping[str, str]) -> None:
        super().__init__()
        self.heading = f"Prompt template {template.name}"
        self._template = template
        self._given = dict(given)

    def body(self) -> ComposeResult:
        if self._template.description:
            text = Content(for_terminal(self._template.description))
            yield Static(text, classes="dialog-question variables-description")
        with VerticalScroll(classes="variables", can_focus=False):
            for variable in self._template.asked(self._given):
                yield Static(Content(_question(variable)), classes="variables-question")
                yield VariableInput(variable)

    @property
    def fields(self) -> Iterator[VariableInput]:
        return iter(self.query(VariableInput))

    def action_next(self) -> None:
        """To the field below; from the last one to what is missing, or begin."""
        fields = list(self.fields)
        at = fields.index(self.focused) if isinstance(self.focused, VariableInput) else -1
        missing = [field for field in fields if field.missing]
        if at + 1 < len(fields):
            fields[at + 1].focus()
        elif missing:
            self.notify(f"This needs an answer: {_question(missing[0].variable)}", markup=False)
            missing[0].focus()
        else:
            self._begin(fields)

    def _begin(self, fields: list[VariableInput]) -> None:
        typed = {field.variable.name: field.value for field in fields if field.value.strip()}
        self.dismiss({**self._given, **typed})


def _question(variable: Variable) -> str:
    return one_line(variable.ask or f"{variable.name}:")
