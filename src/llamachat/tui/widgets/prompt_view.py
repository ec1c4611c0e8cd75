"""A rendered prompt to read: structure in one colour, words in another.

Knows nothing of how it was rendered.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from llamachat.engine.prompt import Prompt
from llamachat.sanitize import for_terminal

MAX_SHOWN = 20_000
"""characters; a longer prompt is cut, so that a paste of megabytes does not stall the screen"""


class PromptView(VerticalScroll):
    """Call `show`; what was shown before is replaced."""

    def __init__(self, *, classes: str = "prompt-view") -> None:
        super().__init__(classes=classes)
        self._shown = Content("")

    @property
    def text(self) -> str:
        """What a reader sees."""
        return self._shown.plain

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def show(self, prompt: Prompt, *before: Content) -> None:
        """The prompt, after lines of ours."""
        room, parts = MAX_SHOWN, list(before)
        for segment in prompt:
            text = for_terminal(segment.text[:room])
            style = ".dialog--scaffold" if segment.kind == "scaffold" else ""
            parts.append(Content.styled(text, style))
            room -= len(text)
        if room <= 0:
            parts.append(Content.styled("\n… cut here", ".dialog--dim"))
        self._update(Content("").join(parts))

    def say(self, *lines: Content) -> None:
        """Lines of ours in its place."""
        self._update(Content("\n").join(lines))

    def _update(self, content: Content) -> None:
        if not content.is_same(self._shown):
            self._shown = content
            self.query_one(Static).update(content)
