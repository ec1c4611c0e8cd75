"""One of a few words, changed in its place with the arrow keys, a letter or a click.

Knows nothing of what the words mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from llamachat.sanitize import one_line


class Choice(Widget, can_focus=True):
    """Draws "‹ word ›", in one line."""

    @dataclass
    class Chosen(Message):
        """The person went to another word."""

        choice: Choice
        value: str

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Previous", show=False, id="choice.previous",
                tooltip="The choice before"),
        Binding("right,space", "step(1)", "Next", show=False, id="choice.next",
                tooltip="The next choice"),
    ]  # fmt: skip
    value = reactive("")

    def __init__(self, choices: Sequence[str], value: str, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._choices = list(choices) if value in choices else [value, *choices]
        self.set_reactive(Choice.value, value)

    def render(self) -> Content:
        return Content(f"‹ {one_line(self.value)} ›")

    def action_step(self, step: int) -> None:
        at = self._choices.index(self.value) + step
        self._choose(self._choices[at % len(self._choices)])

    def on_click(self) -> None:
        self.action_step(1)

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next word that begins with it."""
        if not event.character or not event.is_printable:
            return
        at = self._choices.index(self.value) + 1
        for word in [*self._choices[at:], *self._choices[:at]]:
            if word.lower().startswith(event.character.lower()):
                self._choose(word)
                event.stop()
                return

    def _choose(self, word: str) -> None:
        if word != self.value:
            self.value = word
            self.post_message(self.Chosen(self, word))
