"""A message is evaluated while it is written, so that at Enter only its tail is left.

What is evaluated is the prompt that the message would make, up to where its tokens can not change
any more: all but the last word. Of an empty draft that is what stands between an answer and the
next words. A guess that turns out wrong costs nothing but itself: the engine cuts its cache at the
common prefix. Knows engines through their contract; nothing of terminals or threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message, well_formed
from llamachat.chat.rendering import Renderer, renderer
from llamachat.engine.base import Engine, Prefilled
from llamachat.engine.prompt import Prompt, Segment
from llamachat.errors import EngineDied, LlamaChatError

LONG_WORD = 24
"""characters; scripts without spaces have no words, and their tokens are settled much sooner"""
LONG_TOKEN = 16
"""characters; a text that has more for each token of the context is not even counted"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written, and where."""

    dialog: Dialog
    messages: tuple[Message, ...]
    """what was said before"""
    text: str


@dataclass(frozen=True, slots=True)
class DraftRead:
    """How far a draft is: tokens of the message alone, and of the whole prompt."""

    ready: int
    total: int
    held: Prefilled


class _NotWanted(Exception):
    """Raised through the engine, which then stops this request and no other."""


@dataclass(slots=True)
class _Reading:
    """One draft on its way; the figures are tokens of prompts."""

    tell: Callable[[DraftRead], object]
    wanted: Callable[[], bool]
    before: int = 0
    settled: int = 0
    total: int = 0
    step: Prefilled = field(default_factory=lambda: Prefilled(0, 0, 0))

    def look(self) -> None:
        if not self.wanted():
            raise _NotWanted

    def report(self, step: Prefilled) -> None:
        self.step = step
        self.look()
        if step.done:
            left = step.total - step.done  # turns that left the context count nowhere else
            ready, total = self.settled - left - self.before, self.total - self.before
            self.tell(DraftRead(max(0, ready), max(0, total), step))


class DraftReader:
    """Evaluates drafts; one at a time."""

    def __init__(self) -> None:
        self._made: tuple[Dialog, str, Renderer] | None = None
        self._before: tuple[Prompt, int] = (), 0
        """a prompt without the draft, and its tokens"""

    def read(
        self,
        engine: Engine,
        draft: Draft,
        tell: Callable[[DraftRead], object],
        wanted: Callable[[], bool] = lambda: True,
    ) -> Prefilled | None:
        """Evaluate what is settled of a draft, as far as it is wanted and nobody asks the engine
        for anything else; returns how far it came.

        None where it could not be: a chat template refuses it, or it does not fit into the
        context as it is. Nothing is dropped for a draft.

        Raises:
            EngineDied: it died of it.
        """
        if engine.info.server or len(draft.text) > LONG_TOKEN * engine.info.n_ctx:
            return None
        reading = _Reading(tell, wanted)
        try:
            prompts = draft_prompts(self._renderer(engine, draft.dialog), draft)
            reading.before = self._tokens_before(engine, prompts.before)
            reading.look()
            reading.settled = engine.count(prompts.settled)
            reading.total = engine.count(prompts.whole)
            reading.look()
            engine.prepare(prompts.settled, reading.report)
        except _NotWanted:
            pass
        except EngineDied:
            raise
        except LlamaChatError:
            return None
        return reading.step

    def _renderer(self, engine: Engine, dialog: Dialog) -> Renderer:
        """Compiling a chat template takes 25 ms."""
        info = engine.info
        if self._made is None or self._made[:2] != (dialog, info.path):
            self._made, self._before = (dialog, info.path, renderer(dialog, info)), ((), 0)
        return self._made[2]

    def _tokens_before(self, engine: Engine, prompt: Prompt) -> int:
        if self._before[0] != prompt:
            self._before = prompt, engine.count(prompt)
        return self._before[1]


def settled(text: str) -> str:
    """The text without its last word and the space before that, whose tokens may still change."""
    kept = text.rstrip()
    if kept == text:
        first, *rest = kept.rsplit(None, 1) or [""]
        kept = first if rest else ""
    return text[: max(len(kept), len(text) - LONG_WORD)]


@dataclass(frozen=True, slots=True)
class DraftPrompts:
    """What the model will be given, up to three places."""

    before: Prompt
    """where the words of the user begin"""
    settled: Prompt
    """where their tokens may still change"""
    whole: Prompt
    """where they end"""


def draft_prompts(render: Renderer, draft: Draft) -> DraftPrompts:
    """The words are the last content of the prompt that they would make."""
    words = draft.text if draft.text.strip() else ""
    prompt = render((*draft.messages, Message("user", well_formed(words or "x"))))
    place = max((n for n, part in enumerate(prompt) if part.kind == "content"), default=0)
    before = _bare(prompt[:place])
    if not words or not prompt:
        return DraftPrompts(before, before, before)
    last = prompt[place]
    kept = settled(last.text)
    sure = (*prompt[:place], Segment(kept, last.kind, last.turn)) if kept.strip() else before
    return DraftPrompts(before, sure, prompt[: place + 1])


def _bare(prompt: Prompt) -> Prompt:
    """Without space at the end, which belongs to the words to come."""
    if not prompt:
        return prompt
    last = prompt[-1]
    text = last.text.rstrip(" ")
    return (*prompt[:-1], Segment(text, last.kind, last.turn)) if text else prompt[:-1]
