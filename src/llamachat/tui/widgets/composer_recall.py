"""A draft that walks the history: what Up and Down do at its first and last row.

Knows which drafts nobody typed. Nothing of search, commands or sending.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from llamachat.tui.widgets.composer_area import DraftArea
from llamachat.tui.widgets.composer_history import InputHistory
from llamachat.tui.widgets.composer_text import clean


class RecallingArea(DraftArea):
    """A draft area with a history."""

    def __init__(
        self, first: Callable[[events.Key | events.Paste], bool], history: InputHistory
    ) -> None:
        self._history = history
        self._given: str | None = None
        super().__init__(first)

    @property
    def untouched(self) -> bool:
        """Whether the draft is one that was loaded or recalled."""
        return self.text == self._given

    def load(self, text: str) -> None:
        """Begin with another draft; undo does not reach back."""
        self._history.rest()
        self._given = self.chips.fold_sent(clean(text))
        self.load_text(self._given)
        self.move_cursor(self.document.end)

    def recall(self, draft: str) -> None:
        """Put another draft in place of this one; undo brings it back."""
        self._given = self.chips.fold_sent(draft)
        self.replace_all(self._given)

    def older(self) -> None:
        first_row = self.navigator.is_first_wrapped_line(self.cursor_location)
        if self._passing or first_row:
            self._walk(-1)
        else:
            self.action_cursor_up()

    def newer(self) -> None:
        last_row = self.navigator.is_last_wrapped_line(self.cursor_location)
        if not ((self._passing or last_row) and self._walk(1)):
            self.action_cursor_down()

    @property
    def _passing(self) -> bool:
        """Whether the draft is as the walk left it: then its many lines are not visited."""
        unmoved = self.selection.is_empty and self.cursor_at_end_of_text
        return self._history.walking and unmoved and self.untouched

    def _walk(self, steps: int) -> bool:
        found = self._history.step(steps, self.text)
        if found is not None:
            self.recall(found)
        return found is not None
