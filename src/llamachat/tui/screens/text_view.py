"""A text to read: the rendered prompt, the log, the figures of an answer.

Parts of a prompt are told apart by who wrote them. Knows nothing of where the text comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from llamachat.sanitize import for_terminal
from llamachat.tui import clipboard
from llamachat.tui.screens.dialog import Dialog

PartKind = Literal["scaffold", "content", "plain"]
Parts = Sequence[tuple[str, PartKind]]

MAX_SHOWN = 200_000
"""characters; a longer text shows its end"""
BLOCK = 100
"""lines; a block is drawn as a whole, 0.4 ms a line, and only when it is seen"""


class TextScreen(Dialog[None]):
    """Read-only text that scrolls; `copy` offers the key that copies all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="text.copy", tooltip="Copy the whole text"),
        Binding("home,g", "end_of('home')", "Start", show=False, id="text.start",
                tooltip="To the beginning"),
        Binding("end,G", "end_of('end')", "End", show=False, id="text.end",
                tooltip="To the end"),
    ]  # fmt: skip
    AUTO_FOCUS = "VerticalScroll"

    def __init__(
        self, title: str, text: str | Parts, *, copy: bool = True, at_end: bool = False
    ) -> None:
        super().__init__()
        self.heading = title
        self._parts: Parts = [(text, "plain")] if isinstance(text, str) else text
        self._copy = copy
        self._at_end = at_end

    @property
    def text(self) -> str:
        """All of it, as it is copied."""
        return "".join(text for text, _ in self._parts)

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-text"):
            for block in _blocks(self._content()):
                yield Static(block, markup=False)

    def on_mount(self) -> None:
        kinds = {kind for _, kind in self._parts}
        if {"scaffold", "content"} <= kinds:
            legend = (("structure", ".dialog--scaffold"), "  ", "words")
            self.note(Content.assemble(*legend))
        if self._at_end:
            self.query_one(VerticalScroll).scroll_end(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._copy if action == "copy" else super().check_action(action, parameters)

    def action_copy(self) -> None:
        clipboard.copy_with_toast(self.app, self.text)

    def action_end_of(self, end: str) -> None:
        scroll = self.query_one(VerticalScroll)
        (scroll.scroll_home if end == "home" else scroll.scroll_end)(animate=False)

    def _content(self) -> Content:
        styles = {"scaffold": ".dialog--scaffold", "content": "", "plain": ""}
        whole = Content.assemble(
            *((for_terminal(text), styles[kind]) for text, kind in self._parts)
        )
        hidden = len(whole) - MAX_SHOWN
        if hidden <= 0:
            return whole
        note = (
            f"{hidden:,} characters above are not shown; copying takes all.\n\n",
            ".dialog--dim",
        )
        return Content.assemble(note, whole[hidden:])


def _blocks(content: Content) -> Iterator[Content]:
    """The text in pieces of BLOCK lines, so that a long one opens at once."""
    lines = content.split(allow_blank=True)
    newline = Content("\n")
    for at in range(0, len(lines), BLOCK):
        yield newline.join(lines[at : at + BLOCK])
