"""The composer: where a message is written.

A writing desk that sends: Enter posts the draft, and its changes are told so that it can be kept.
Knows no command and no chat: the screen says what is a command and what completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from llamachat.tui.timers import KeepsTime
from llamachat.tui.widgets.composer_completion import Completion
from llamachat.tui.widgets.composer_desk import WritingDesk
from llamachat.tui.widgets.composer_history import InputHistory
from llamachat.tui.widgets.composer_keys import COMPOSING, read_alt_enter
from llamachat.tui.widgets.composer_text import clean

CHANGE_PAUSE = 0.3
"""seconds after which a change of the draft is told, so that a burst of keys is told once"""


class Composer(KeepsTime, WritingDesk):
    """Writes one message at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [*COMPOSING]

    class Submitted(Message):
        """A message or a command was sent; the draft is empty again, or the chips that a command
        was typed after."""

        def __init__(
            self,
            text: str,
            *,
            to: object = None,
            open_line: bool = False,
            pasted: bool = False,
            command: bool = False,
        ) -> None:
            super().__init__()
            self.text = text
            self.to = to
            """what `addressed` gave when Enter was pressed"""
            self.open_line = open_line
            """sent in mid-line: the answer goes on in the same line"""
            self.pasted = pasted
            """a first slash came by paste: no command, whatever it says"""
            self.command = command

    class DraftChanged(Message):
        """The draft is another one; posted at most every CHANGE_PAUSE seconds."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self,
        placeholder: str = "",
        *,
        is_command: Callable[[str], bool] = lambda text: False,
        completions: Callable[[str], Sequence[Completion]] = lambda draft: (),
        history: InputHistory | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(completions=completions, history=history, id=id)
        self.is_command = is_command
        self.line_endings = False
        self.remembers = True
        """what is sent goes into the history"""
        self.addressed: Callable[[], object] = lambda: None
        """asked for whom it is, whenever something is sent"""
        self._told = ""
        """the draft that the screen knows"""
        self._change: Timer | None = None
        self.placeholder = placeholder

    def on_mount(self) -> None:
        read_alt_enter()

    # What the screen uses

    @property
    def draft(self) -> str:
        """What would be sent, chips opened."""
        return self.area.expanded

    @draft.setter
    def draft(self, text: str) -> None:
        """Load another draft; its undo begins there, and no change is told."""
        self.dismiss()
        self.area.load(text)
        self._told = self.draft

    @property
    def placeholder(self) -> str:
        """What an empty draft shows."""
        return str(self.area.placeholder)

    @placeholder.setter
    def placeholder(self, text: str) -> None:
        self.area.placeholder = Content(clean(text))

    def insert(self, text: str) -> None:
        """Insert text at the cursor as if it were typed."""
        self.area.replace_selection(clean(text))

    def paste(self, text: str) -> None:
        """Insert text from outside at the cursor: folded if it is long, never a command."""
        self.area.paste(text)

    def attach(self, name: str, text: str) -> None:
        """Insert a chip for a file."""
        self.area.replace_selection(self.area.chips.attach(name, text) + " ")

    def clear(self) -> None:
        """Empty the draft; undo brings it back."""
        self.history.rest()
        self.area.replace_all("")

    def begin(self, draft: str) -> None:
        """Put other words in the place of the draft, to be gone on with; undo brings it back."""
        self.history.rest()
        self.area.replace_all(draft)
        self.focus()

    @property
    def selected_text(self) -> str:
        """What is selected in the draft, chips opened."""
        return self.area.selected_text

    # Sending

    def action_submit(self) -> None:
        area, draft = self.area, self.area.text
        self.offer()
        chips, typed = self.parted()
        one_typed_line = typed.startswith("/") and "\n" not in typed
        only_slash = self.line_endings and draft == "/"
        if self.list.open and self.list.unfinished(typed) and not only_slash:
            self.take(self.list.chosen)
        elif one_typed_line and self.is_command(area.chips.expand(typed)):
            self._send(typed, command=True, kept=chips)
        elif self._goes_on():
            start = area.get_cursor_left_location()
            area.replace("\n", start, area.cursor_location, maintain_selection_offset=False)
        elif self.line_endings and draft.endswith("/"):
            self._send(draft[:-1], open_line=True)
        elif self.draft.strip():
            self._send(draft)

    def _goes_on(self) -> bool:
        """Whether a typed backslash before Enter asks for another line."""
        area = self.area
        if self.line_endings and area.text.endswith("\\"):
            area.move_cursor(area.document.end)
            return True
        row, column = area.cursor_location
        return not self.line_endings and area.document.get_line(row)[:column].endswith("\\")

    def _send(
        self, draft: str, *, open_line: bool = False, command: bool = False, kept: str = ""
    ) -> None:
        """`kept` is what the draft is from now on."""
        text = self.area.chips.expand(draft)
        text = text.lstrip("\n") if open_line else text.strip("\n")
        pasted = text.startswith("/") and not draft.startswith("/")
        if self.remembers:
            spaced = pasted and self.is_command(text)
            self._remember(f" {text}" if spaced else text + "/" * open_line)
        self.area.load_text(kept)
        self.area.move_cursor(self.area.document.end)
        if not kept:
            self.area.chips.prune()
        self.list.offer(())
        to = self.addressed()
        self.post_message(
            self.Submitted(text, to=to, open_line=open_line, pasted=pasted, command=command)
        )

    def _remember(self, entry: str) -> None:
        try:
            self.history.append(entry)
        except OSError as error:
            self.say(f"What was sent is not kept in the history: {error.strerror}.")

    def action_newline(self) -> None:
        self.area.replace_selection("\n")

    # Changes

    @on(TextArea.Changed)
    def _note_change(self, event: TextArea.Changed) -> None:
        event.stop()
        self.offer()
        if self._change is None:
            self._change = self.set_timer(CHANGE_PAUSE, self._tell_change)

    def _tell_change(self) -> None:
        self._change = None
        draft = self.draft
        if draft != self._told:
            self._told = draft
            self.post_message(self.DraftChanged(self._told))

    @on(TextArea.SelectionChanged)
    def _keep_to_ourselves(self, event: TextArea.SelectionChanged) -> None:
        event.stop()

    def on_unmount(self) -> None:
        with suppress(OSError):  # a full disk must not end a chat
            self.history.trim()
