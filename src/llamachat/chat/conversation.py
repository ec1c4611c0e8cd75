"""One chat that is open: its stored line of messages, its dialog, its settings.

A new one is written into the store when the first thing is said or drafted. All the moves of a
person through the tree of messages are here; screens and shells only choose. Knows nothing of
terminals, and the engine only while it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

from llamachat.chat.chat import Chat
from llamachat.chat.dialog import Dialog
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.engine.base import Done, Engine, EngineInfo, Event
from llamachat.engine.params import GenerateParams
from llamachat.errors import UsageError

Adjust = Callable[[GenerateParams], GenerateParams]
"""what flags and settings change in the parameters that a prompt template sets"""

Decide = Callable[[EngineInfo], tuple[Dialog, str]]
"""the dialog that suits a model, and the prompt template it is from"""


class Conversation:
    """`adjust` is laid over the prompt template's parameters, the chat's own settings over both.

    `decide` has the last word on the dialog of a chat in which nothing has been said, once the
    model is known, unless somebody chose one meanwhile.
    """

    def __init__(
        self,
        store: ChatStore,
        dialog: Dialog,
        *,
        prompt_template: str = "",
        model: str = "",
        adjust: Adjust = lambda params: params,
        record: ChatRecord | None = None,
        decide: Decide | None = None,
    ) -> None:
        self._store = store
        self._adjust = adjust
        self._decide = decide
        self._deciding = Lock()
        self.dialog = dialog
        self.prompt_template = prompt_template
        self.model = model
        self.settings: dict[str, Any] = dict(record.settings) if record else {}
        """sampling parameters of this chat, and n_predict"""
        self.id: int | None = record.id if record else None
        self._known_draft = record.draft if record else ""
        """as it was last read or written here"""
        self._line: StoredLine | None = store.line(record.id) if record else None

    @classmethod
    def reopened(
        cls, store: ChatStore, record: ChatRecord, *, model: str, adjust: Adjust
    ) -> Conversation:
        """A stored chat, with the dialog it was led in."""
        return cls(
            store,
            record.dialog,
            prompt_template=record.prompt_template,
            model=model,
            adjust=adjust,
            record=record,
        )

    @property
    def rows(self) -> tuple[StoredMessage, ...]:
        """The messages from the first to the latest one."""
        return self._line.rows if self._line else ()

    @property
    def title(self) -> str:
        return self._store.get(self.id).title if self.id is not None else ""

    def line(self) -> StoredLine:
        """Where messages are kept; makes the chat where there is none yet."""
        if self._line is None:
            record = self._store.create(
                self.dialog,
                prompt_template=self.prompt_template,
                model=self.model,
                settings=self.settings,
            )
            self.id, self._line = record.id, self._store.line(record.id)
        return self._line

    def settle(self, info: EngineInfo) -> None:
        """Let the model decide what was left open; raises what `decide` raises. Of a server it is
        known only now which model speaks."""
        if info.server and self.model != info.path:
            self.use_model(info.path)
        with self._deciding:
            decide, self._decide = self._decide, None
            if decide is not None and not self.rows:
                self.use(*decide(info))

    def use(self, dialog: Dialog, prompt_template: str) -> None:
        """Go on in another form."""
        self._decide = None
        self.dialog, self.prompt_template = dialog, prompt_template
        if self.id is not None:
            self._store.update(self.id, dialog=dialog, prompt_template=prompt_template)

    def use_model(self, model: str) -> None:
        self.model = model
        if self.id is not None:
            self._store.update(self.id, model=model)

    def save_draft(self, text: str) -> None:
        """Keep what is being written; nothing is made for an empty draft. One that did not change
        here is left alone: another program may have the chat open, too."""
        if text == self._known_draft:
            return
        self.line()
        assert self.id is not None
        self._store.save_draft(self.id, text)
        self._known_draft = text

    @property
    def draft(self) -> str:
        if self.id is not None:
            self._known_draft = self._store.get(self.id).draft
        return self._known_draft

    def params(self) -> GenerateParams:
        """How the next answer is generated.

        Raises:
            UsageError: settings that exclude each other.
        """
        return changed(self._adjust(self.dialog.params()), self.settings)

    def set(self, settings: Mapping[str, Any]) -> None:
        """Lay settings over those of the chat; None takes one back. Nothing changes on an error.

        Raises:
            UsageError: a value that cannot be.
        """
        wanted = {
            name: value
            for name, value in {**self.settings, **settings}.items()
            if value is not None
        }
        changed(self._adjust(self.dialog.params()), wanted)
        self.settings = wanted
        if self.id is not None:
            self._store.update(self.id, settings=wanted)

    def chat(self, engine: Engine) -> Chat:
        """The chat with an engine; raises what `Chat` raises."""
        return Chat(engine, self.dialog, history=self.line())

    def reply(self, engine: Engine, text: str, *, open_line: bool = False) -> Iterator[Event]:
        """`Chat.reply`, with the figures of the answer kept beside it."""
        self.settle(engine.info)
        chat, params = self.chat(engine), self.params()
        yield from self._noted(chat.reply(text, params, open_line=open_line))

    def again(self, engine: Engine) -> Iterator[Event]:
        """Another answer to the latest message of the user, beside those there are.

        Raises:
            UsageError: nothing has been said.
        """
        self.rewind_to_question()
        yield from self._noted(self.chat(engine).again(self.params()))

    def rewind_to_question(self) -> None:
        """The line ends with the latest message of the user."""
        question = self.latest("user")
        if question is None:
            raise UsageError("There is nothing to answer yet.", "Say something first.")
        self.line().rewind(question.id)

    def undo(self) -> str:
        """Step back before the latest message of the user; returns its text.

        Raises:
            UsageError: nothing has been said.
        """
        question = self.latest("user")
        if question is None:
            raise UsageError("There is nothing to take back.", "Say something first.")
        self.line().rewind(question.parent)
        return question.message.text

    def latest(self, role: str) -> StoredMessage | None:
        return next((row for row in reversed(self.rows) if row.message.role == role), None)

    def step(self, message: int, step: int) -> int:
        """Go to the next (1) or previous (-1) version of a message; returns the one that is shown
        now, which is the same where there is no other."""
        versions = [row.id for row in self.line().siblings(message)]
        place = versions.index(message) + step
        if not 0 <= place < len(versions):
            return message
        self.line().switch(versions[place])
        return versions[place]

    def _noted(self, events: Iterator[Event]) -> Iterator[Event]:
        """The events; the figures of the last one are stored with the answer."""
        done: Done | None = None
        try:
            for event in events:
                done = event if isinstance(event, Done) else done
                yield event
        finally:
            if close := getattr(events, "close", None):
                close()
            if done is not None:
                self.line().annotate(figures(done))


def figures(done: Done) -> dict[str, float | int]:
    """What is worth keeping of how an answer was made: tokens, seconds, tokens per second."""
    usage, timings = done.usage, done.timings
    return {
        "prompt": usage.prompt,
        "cached": usage.cached,
        "generated": usage.generated,
        "first_token": round(timings.first_token, 4),
        "prefill_rate": round(timings.prefill_rate(usage), 2),
        "decode_rate": round(timings.decode_rate(usage), 2),
    }


def changed(params: GenerateParams, settings: Mapping[str, Any]) -> GenerateParams:
    """The parameters with fields of GenerateParams or SamplingParams replaced."""
    outer = {name: value for name, value in settings.items() if name == "n_predict"}
    inner = {name: value for name, value in settings.items() if name != "n_predict"}
    return replace(params, sampling=replace(params.sampling, **inner), **outer)
