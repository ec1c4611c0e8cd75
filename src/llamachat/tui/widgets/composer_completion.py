"""The list of what a command could be, above the draft.

Knows no command: it is given the choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from llamachat.sanitize import one_line

ROWS = 6
"""shown at once"""
MAX_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """What a draft could become."""

    text: str
    """the whole draft"""
    summary: str = ""


class CompletionList(Widget):
    """Choices with one of them marked; hidden while there is none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"completion-list--chosen", "completion-list--summary"}

    choices: reactive[tuple[Completion, ...]] = reactive((), layout=True)
    place: reactive[int] = reactive(0)

    class Clicked(Message):
        def __init__(self, completion: Completion) -> None:
            super().__init__()
            self.completion = completion

    def offer(self, choices: Sequence[Completion]) -> None:
        """Show other choices; the same ones keep their mark."""
        offered = tuple(choices[:MAX_CHOICES])
        if offered != self.choices:
            was, self.choices, self.place = self.open, offered, 0
            self.set_class(self.open, "-open")
            if self.open != was:
                self.refresh_bindings()  # Escape closes it

    @property
    def open(self) -> bool:
        return bool(self.choices)

    @property
    def chosen(self) -> Completion:
        return self.choices[self.place]

    def step(self, steps: int) -> None:
        self.place = (self.place + steps) % len(self.choices)

    def unfinished(self, draft: str) -> bool:
        """Whether taking the choice would change the draft; a finished command needs no choice."""
        finished = {choice.text.rstrip() for choice in self.choices}
        return self.chosen.text.rstrip() != draft.rstrip() and (
            self.place > 0 or draft.rstrip() not in finished
        )

    def on_click(self, event: events.Click) -> None:
        row = self._first + event.y
        if 0 <= row < len(self.choices):
            self.post_message(self.Clicked(self.choices[row]))

    @property
    def _first(self) -> int:
        """The choice in the first row: the marked one is always shown."""
        return max(0, self.place - ROWS + 1)

    def render(self) -> Content:
        chosen = self.get_visual_style("completion-list--chosen", partial=True)
        muted = self.get_visual_style("completion-list--summary", partial=True)
        shown = self.choices[self._first : self._first + ROWS]
        names = [Content(one_line(choice.text.rstrip())) for choice in shown]
        width = max((name.cell_length for name in names), default=0)
        lines = []
        for row, (name, choice) in enumerate(zip(names, shown, strict=True), self._first):
            name = name.pad_right(width - name.cell_length)
            if row == self.place:
                name = name.stylize(chosen)
            summary = Content(one_line(choice.summary)).stylize(muted)
            lines.append(Content.assemble(name, "  ", summary))
        return Content("\n").join(lines)
