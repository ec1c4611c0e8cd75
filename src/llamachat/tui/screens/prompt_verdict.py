"""What is to be said about a prompt template: its faults, or how many tokens its prompt has.

Tokens are counted in a thread, one prompt at a time, since an engine that answers has no time for
it; until the count is there an ellipsis stands in its place. Knows nothing of editors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from llamachat.chat.prompt_preview import Inspection
from llamachat.engine.prompt import Prompt
from llamachat.errors import LlamaChatError
from llamachat.sanitize import one_line

Count = Callable[[Prompt], int]

FAULTS = 3
"""that are shown; the others are counted"""
RETRY = 2.0
"""seconds until an engine that was busy is asked again"""


class PromptVerdict(Static):
    """Call `show` after each look at the text."""

    @dataclass
    class Counted(Message):
        """Posted by the thread; None where it could not be told."""

        prompt: Prompt
        tokens: int | None

    def __init__(self, count: Count | None) -> None:
        super().__init__("", markup=False, classes="prompt-verdict")
        self._count = count
        self._counting = False
        self._inspection = Inspection()
        self._tokens: tuple[Prompt, int] | None = None

    @property
    def text(self) -> str:
        """What a reader sees."""
        return self._content().plain

    def show(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self.set_class(inspection.preview is None, "-faulty")
        self._begin_counting()
        self.update(self._content())

    @property
    def _prompt(self) -> Prompt | None:
        return self._inspection.preview.prompt if self._inspection.preview else None

    @property
    def _known(self) -> int | None:
        return self._tokens[1] if self._tokens and self._tokens[0] == self._prompt else None

    def _begin_counting(self) -> None:
        """One at a time: a thread that waits for a busy engine can not be stopped."""
        prompt = self._prompt
        if self._count and prompt and not self._counting and self._known is None:
            self._counting = True
            work = partial(self._ask, self._count, prompt)
            self.run_worker(work, thread=True, group="count")

    def _ask(self, count: Count, prompt: Prompt) -> None:
        try:
            self.post_message(self.Counted(prompt, count(prompt)))
        except LlamaChatError:
            self.post_message(self.Counted(prompt, None))

    @on(Counted)
    def _counted(self, event: Counted) -> None:
        event.stop()
        self._counting = False
        if event.tokens is not None:
            self._tokens = event.prompt, event.tokens
            self.update(self._content())
        if event.prompt != self._prompt:
            self._begin_counting()
        elif event.tokens is None:
            self.set_timer(RETRY, self._begin_counting)

    def _content(self) -> Content:
        preview = self._inspection.preview
        if preview is None:
            return Content("\n").join(self._wrong())
        parts = ["Sound"]
        if self._count:
            tokens = self._known
            parts.append("… tokens" if tokens is None else f"{tokens:,} token{'s' * (tokens != 1)}")
        if preview.missing:
            parts.append("asks for " + ", ".join(variable.name for variable in preview.missing))
        if preview.listed:
            parts.append("the model's chat template writes the structure")
        return Content(" · ".join(parts))

    def _wrong(self) -> list[Content]:
        faults = self._inspection.faults
        lines = [Content(one_line(self._inspection.error))] if self._inspection.error else []
        for fault in faults[:FAULTS]:
            place = f"{fault.line}:{fault.column}".ljust(7) if fault.line else ""
            sentence = one_line(f"{fault.sentence}. {fault.hint}".rstrip())
            lines.append(Content.assemble((place, ".dialog--strong"), sentence))
        if len(faults) > FAULTS:
            lines.append(Content(f"and {len(faults) - FAULTS} more"))
        return lines
