"""A line that lies over a row of a list while its title is changed. Knows nothing of chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

MAX_TITLE = 200
"""characters"""


class RenameField(Input):
    """Shown only while it is used."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Rename", id="rename.save", tooltip="Keep this title"),
        Binding("escape", "cancel", "Cancel", id="rename.cancel", tooltip="Keep the old title"),
    ]

    @dataclass
    class Renamed(Message):
        """Enter with a title that is not empty."""

        title: str

    class Ended(Message):
        """The field is gone, whatever came of it."""

    def __init__(self, *, classes: str) -> None:
        super().__init__(compact=True, classes=classes, max_length=MAX_TITLE, select_on_focus=True)
        self.can_focus = False

    @property
    def active(self) -> bool:
        return self.has_class("-active")

    def begin(self, title: str, line: int) -> None:
        """Lie over the given line with the present title, all of it selected."""
        self.value = title
        self.offset = (0, line)
        self.add_class("-active")
        self.can_focus = True
        self.focus()

    def end(self) -> None:
        if self.active:
            self.remove_class("-active")
            self.can_focus = False
            self.post_message(self.Ended())

    async def action_submit(self) -> None:
        title = " ".join(self.value.split())
        if title:
            self.post_message(self.Renamed(title))
        self.end()

    def action_cancel(self) -> None:
        self.end()

    def on_blur(self, event: events.Blur) -> None:
        """A click elsewhere changes nothing."""
        self.end()
