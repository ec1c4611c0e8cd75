"""What helps to write a draft: history, its search, completion, an editor, chips opened in place.

Knows no command: it is given a callable that completes them. Nothing of sending.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.widget import Widget

from llamachat.errors import LlamaChatError
from llamachat.tui.widgets.composer_completion import Completion, CompletionList
from llamachat.tui.widgets.composer_editor import edited_in
from llamachat.tui.widgets.composer_history import InputHistory
from llamachat.tui.widgets.composer_recall import RecallingArea
from llamachat.tui.widgets.composer_search import Outcome, SearchLine
from llamachat.tui.widgets.composer_text import clean


class WritingDesk(Widget):
    """The draft area with what stands above it."""

    BINDING_GROUP_TITLE = "Composer"

    def __init__(
        self,
        *,
        completions: Callable[[str], Sequence[Completion]],
        history: InputHistory | None,
        id: str | None,
    ) -> None:
        super().__init__(id=id)
        self.completions = completions
        self.history = InputHistory() if history is None else history
        self.list = CompletionList()
        self.search = SearchLine(self.history)
        self.area = RecallingArea(self._took, self.history)
        self.keep: Callable[[], None] = lambda: None
        """called before the app stands still for an editor"""
        self._dismissed = ""
        """the draft whose list was closed"""

    def compose(self) -> ComposeResult:
        yield self.list
        yield self.search
        yield self.area

    def on_mount(self) -> None:
        """Keep the terminal's cursor in its place when the layout around us changes."""
        refreshed = self.screen.screen_layout_refresh_signal
        refreshed.subscribe(self, lambda screen: self._place_cursor())

    def focus(self, scroll_visible: bool = True) -> Self:
        self.area.focus(scroll_visible)
        return self

    def dismiss(self) -> bool:
        """Close the list or the search; whether one was open."""
        if self.search.searching:
            self.end_search(taken=False)
        elif self.list.open:
            self._dismissed = self.area.text
            self.list.offer(())
        else:
            return False
        return True

    def action_older(self) -> None:
        self.offer()
        if self.list.open:
            self.list.step(-1)
        else:
            self.area.older()

    def action_newer(self) -> None:
        self.offer()
        if self.list.open:
            self.list.step(1)
        else:
            self.area.newer()

    def action_search(self) -> None:
        self.list.offer(())
        self.search.begin()
        self.area.add_class("-searching")

    def action_complete(self) -> None:
        self.offer()
        if not self.list.open:
            raise SkipAction  # Tab then moves the focus
        self.take(self.list.chosen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is the desk's while there is something to close, else the screen's."""
        return (self.search.searching or self.list.open) if action == "close" else True

    def action_close(self) -> None:
        if not self.dismiss():
            raise SkipAction  # Esc is then for the screen

    def action_open_chip(self) -> None:
        if not self.area.open_chip():
            raise SkipAction

    def action_edit(self) -> None:
        self.keep()
        try:
            text = edited_in(self.app, self.area.expanded)
        except LlamaChatError as error:
            self.say(str(error))
        else:
            self.area.recall(clean(text))

    @on(CompletionList.Clicked)
    def _take_clicked(self, event: CompletionList.Clicked) -> None:
        event.stop()
        self.take(event.completion)
        self.focus()

    def take(self, completion: Completion) -> None:
        self.area.replace_all(self.parted()[0] + clean(completion.text))
        self.offer()

    def parted(self) -> tuple[str, str]:
        """The chips that the draft begins with, and what comes after them: a command may."""
        draft = self.area.text
        at = self.area.chips.leading(draft)
        return draft[:at], draft[at:]

    def offer(self) -> None:
        """Show what the draft could become, if it is one typed line that begins with a slash."""
        draft, typed = self.area.text, self.parted()[1]
        if draft != self._dismissed:
            self._dismissed = ""
        if typed.startswith("/") and "\n" not in typed and draft != self._dismissed:
            line = self.area.chips.expand(typed)
            self.list.offer(() if self.area.untouched else self.completions(line))
        else:
            self.list.offer(())

    # Search

    def _took(self, event: events.Key | events.Paste) -> bool:
        """Keys and pastes are the search's while it is open."""
        if not self.search.searching:
            return False
        if isinstance(event, events.Paste):
            self.search.type(event.text)
        else:
            match self.search.press(event):
                case Outcome.TAKEN | Outcome.LEFT as outcome:
                    self.end_search(taken=outcome is Outcome.TAKEN)
                case Outcome.NOT_OURS:
                    return self._swallowed(event.key)
        self.call_after_refresh(self._place_cursor)
        return True

    def _swallowed(self, key: str) -> bool:
        """Keys that would edit the draft wait until the search is over; the app's are the app's."""
        bound = self.screen.active_bindings.get(key)
        if bound is None or bound.node not in (self, self.area):
            return False
        if bound.binding.action == "search":
            self.search.older()
        return True

    def end_search(self, *, taken: bool) -> None:
        found = self.search.found
        self.search.end()
        self.area.remove_class("-searching")
        if taken and found is not None:
            self.history.rest()
            self.area.recall(found.entry)

    def _place_cursor(self) -> None:
        """Put the terminal's own cursor, where input methods open, to where letters go."""
        if self.search.searching and self.area.has_focus:
            self.app.cursor_position = Offset(self.search.cursor_x, self.search.region.y)
        else:
            self.area.place_cursor()

    def say(self, sentence: str) -> None:
        self.notify(sentence, severity="warning", markup=False)
