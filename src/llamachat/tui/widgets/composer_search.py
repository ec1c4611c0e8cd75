"""The line in which what was sent before is searched.

Shows the words typed so far and the newest match, its hit highlighted. Knows a history; its owner
hands it the keys, so that none is lost to a change of focus.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from llamachat.sanitize import one_line
from llamachat.tui.widgets.composer_history import InputHistory, Match

_BEFORE = 20
"""cells of a match that are shown before its hit"""


class Outcome(Enum):
    """What a key did to the search."""

    GOES_ON = auto()
    TAKEN = auto()
    LEFT = auto()
    NOT_OURS = auto()


class SearchLine(Widget):
    """`search  words  …the match…`; hidden while nothing is searched."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "search-line--label",
        "search-line--words",
        "search-line--hit",
    }
    words: reactive[str] = reactive("")
    found: reactive[Match | None] = reactive[Match | None](None)
    searching: reactive[bool] = reactive(False, toggle_class="-searching", bindings=True)

    def __init__(self, history: InputHistory) -> None:
        super().__init__()
        self._history = history
        self._passed = 0
        """how many newer matches are passed over"""

    def begin(self) -> None:
        self._passed = 0
        self.words, self.found, self.searching = "", None, True

    def end(self) -> None:
        self.searching = False

    def type(self, text: str) -> None:
        """More words."""
        self._find(self.words + one_line(text), passed=0)

    def older(self) -> None:
        self._find(self.words, passed=self._passed + 1)

    def newer(self) -> None:
        self._find(self.words, passed=max(0, self._passed - 1))

    def press(self, event: events.Key) -> Outcome:
        match event.key:
            case "enter" | "tab" | "right" | "left" | "home" | "end":
                return Outcome.TAKEN if self.found else Outcome.LEFT
            case "escape" | "ctrl+c" | "ctrl+g":
                return Outcome.LEFT
            case "up":
                self.older()
            case "down":
                self.newer()
            case "backspace" if not self.words:
                return Outcome.LEFT
            case "backspace":
                self._find(self.words[:-1], passed=0)
            case "ctrl+u":
                self._find("", passed=0)
            case _ if event.is_printable and event.character:
                self.type(event.character)
            case _:
                return Outcome.NOT_OURS
        return Outcome.GOES_ON

    def _find(self, words: str, *, passed: int) -> None:
        """Find the match after those passed; where there is none stay with the last one."""
        matches = self._history.search(words) if words else iter(())
        found = None
        for number, match in enumerate(matches):
            found, self._passed = match, number
            if number == passed:
                break
        if found is None:
            self._passed = 0
        self.words, self.found = words, found

    @property
    def cursor_x(self) -> int:
        """Where the next letter will appear."""
        return self.content_region.x + self._head().cell_length

    def render(self) -> Content:
        head, found = self._head(), self.found
        if found is None:
            tail = Content("nothing found" if self.words else "what was sent before")
            style = self.get_visual_style("search-line--label", partial=True)
            return Content.assemble(head, "  ", tail.stylize(style))
        hit = self.get_visual_style("search-line--hit", partial=True)
        before = one_line(found.entry[: found.start])
        if len(before) > _BEFORE:
            before = f"…{before[1 - _BEFORE :]}"
        line = one_line(found.entry[found.start : found.end + self.size.width])
        length = len(one_line(found.entry[found.start : found.end]))
        return Content.assemble(head, "  ", Content(before), Content(line).stylize(hit, 0, length))

    def _head(self) -> Content:
        label = self.get_visual_style("search-line--label", partial=True)
        words = self.get_visual_style("search-line--words", partial=True)
        return Content.assemble(("search ", label), (self.words, words))
