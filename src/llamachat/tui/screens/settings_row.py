"""A row of the settings screen: a label, a field or a choice, and words beside it.

The words explain the row, or say what is wrong with what was typed. Knows nothing of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from llamachat.sanitize import one_line
from llamachat.tui.screens.path_completion import complete_path
from llamachat.tui.screens.settings_groups import Field
from llamachat.tui.widgets.choice import Choice


class ModelSuggester(Suggester):
    """Goes on with a half-typed name of an installed model, or with a path; the right arrow takes
    what it offers."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        found = [*self._names, *complete_path(value)] if value else []
        return next((text for text in found if text != value and text.startswith(value)), None)

    @cached_property
    def _names(self) -> list[str]:
        from llamachat.models.library import installed  # 15 ms, for those who type

        return [model.name for model in installed()]


class SettingRow(Horizontal):
    """One setting."""

    @dataclass
    class Typed(Message):
        """The person changed it."""

        row: SettingRow
        text: str

    def __init__(self, field: Field, text: str, choices: Sequence[str]) -> None:
        super().__init__(classes="setting")
        self.field = field
        self._text = text
        self._choices = choices
        self.set_class(field.key == "model", "-model")

    @property
    def refused(self) -> bool:
        return self.has_class("-refused")

    def compose(self) -> ComposeResult:
        yield Static(self.field.label, classes="setting-label", markup=False)
        if self._choices:
            yield Choice(self._choices, self._text, classes="setting-field")
        else:
            model = self.has_class("-model")
            yield Input(
                self._text,
                compact=True,
                classes="setting-field",
                placeholder="the bundled model" if model else "",
                suggester=ModelSuggester() if model else None,
            )
        yield Static(self.field.explanation, classes="setting-words", markup=False)

    @property
    def control(self) -> Input | Choice:
        return self.query_one(Choice) if self._choices else self.query_one(Input)

    def refuse(self, why: str) -> None:
        """Say what is wrong in place of the explanation; nothing is wrong where `why` is empty."""
        if self.refused or why:
            words = Content(one_line(why or self.field.explanation))
            self.query_one(".setting-words", Static).update(words)
        self.set_class(bool(why), "-refused")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell(event.value)

    @on(Choice.Chosen)
    def _chosen(self, event: Choice.Chosen) -> None:
        event.stop()
        self._tell(event.value)

    def _tell(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.post_message(self.Typed(self, text))
