"""What lies on the desk: which chat is open, with which model; what becomes of a submitted text.

Changes of chat and model wait until the answer that is being written has been stopped and stored.
Knows the screen's widgets; nothing of how answers are drawn.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.chat.conversation import Conversation
from llamachat.chat.store.records import ChatRecord
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import EngineOptions
from llamachat.errors import LlamaChatError, UsageError
from llamachat.tui.commands.table import COMMANDS
from llamachat.tui.drafts import Drafts
from llamachat.tui.launch import Launch
from llamachat.tui.may_change import BUSY, may_change
from llamachat.tui.refused import Attempt

if TYPE_CHECKING:
    from llamachat.chat.store.chats import ChatStore
    from llamachat.tui.chat_screen import ChatScreen


UNSENT = "A message was not sent, because you went on; it is a draft of its chat."
EMPTY = "Write a message below. / lists the commands, F1 all keys."


def new_conversation(launch: Launch, store: ChatStore, model: Path) -> Conversation:
    return Conversation(
        store,
        launch.provisional,
        model=str(model),
        adjust=launch.adjust,
        decide=launch.decide,
    )


def stored_conversation(
    launch: Launch, store: ChatStore, record: ChatRecord, model: Path
) -> Conversation:
    return Conversation.reopened(store, record, model=str(model), adjust=launch.adjust)


class Desk:
    """Changes what is open."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self.options: EngineOptions = screen.launch.options
        """how the present model is loaded"""
        self.drafts = Drafts(screen)

    @property
    def model(self) -> Path:
        return self.options.model

    async def show(self) -> None:
        """All of the open chat, but for its draft."""
        screen = self._screen
        screen.transcript.set_empty(EMPTY)
        await screen.show_rows(opened=True)
        screen.appearance.name_things()
        screen.turns.show_stored()

    async def submit(self, text: str, *, open_line: bool, pasted: bool) -> None:
        """A message; or, while a message is being edited, its new text."""
        screen = self._screen
        objection = "" if pasted else COMMANDS.objection(text)
        if objection:
            self.drafts.put_back(text)
            screen.app.notify(objection, severity="warning", markup=False)
        elif screen.turns.busy:
            self.drafts.put_back(text)
            screen.app.notify(BUSY, markup=False)
        else:
            try:
                await self._say(text, open_line)
            except LlamaChatError:
                self.drafts.put_back(text)
                raise

    async def _say(self, text: str, open_line: bool) -> None:
        if self._screen.editing.message is not None:
            await self._screen.editing.submit(text)
        else:
            self._bring_back()
            await self._screen.turns.ask(text, open_line=open_line)
            self._screen.appearance.name_things()

    def _bring_back(self) -> None:
        """Another window may have deleted the chat that one goes on with in this one."""
        screen, chat = self._screen, self._screen.conversation.id
        if chat is not None and screen.store.get(chat).deleted is not None:
            screen.store.undelete(chat)
            screen.say("This chat had been deleted; it is back, because it goes on.")

    async def say_first(self) -> None:
        """Send the message that the program was started with, unless one is elsewhere by now."""
        conversation, text = self.drafts.first
        if not text:
            return
        self.drafts.first = (conversation, "")
        screen = self._screen
        if self.drafts.addressee is conversation and screen.editing.message is None:
            await self.submit(text, open_line=False, pasted=True)
            return
        if conversation is screen.conversation:  # else it was kept when the chat was left
            self.drafts.put_aside(text)
        screen.app.notify(UNSENT, markup=False)

    async def regenerate(self, message: int) -> None:
        """Answer anew the question before this answer, or this question."""
        screen, rows = self._screen, self._screen.conversation.rows
        if not may_change(screen, message):
            return
        said = [row for row in rows if row.id <= message and row.message.role == "user"]
        if not said:
            raise UsageError("There is no question before it.")
        attempt = Attempt(former=rows[-1].id)
        screen.conversation.line().rewind(said[-1].id)
        await screen.turns.regenerate(attempt)

    async def step(self, message: int, step: int) -> None:
        """Show another version of a message, with what followed it."""
        if may_change(self._screen, message):
            shown = self._screen.conversation.step(message, step)
            await self._screen.show_rows()
            self._screen.transcript.show_row(shown)
            self._screen.turns.show_stored()

    def open(
        self,
        conversation: Conversation,
        *,
        message: int | None = None,
        words: str = "",
        left: str | None = None,
    ) -> None:
        """Show another chat, as soon as the answer of this one is stored. What was typed after
        `left` is for it already."""
        screen = self._screen
        screen.editing.end()
        self.drafts.leave_for(conversation, left=left)

        async def change() -> None:
            if screen.turns.busy:  # something was sent to the chat that was asked for before
                screen.turns.when_quiet(change)
                return
            screen.conversation = conversation
            self.drafts.arrive(conversation)
            if screen.host.engine is not None:
                await self.model_ready(screen.host.engine.info)
            await self.show()
            screen.composer.focus()
            if message is not None:
                screen.transcript.show_row(message, words)

        screen.turns.when_quiet(change)

    def see_what_became_of_it(self) -> None:
        """The open chat may have been renamed or deleted in the list."""
        chat = self._screen.conversation.id
        if chat is not None and self._screen.store.get(chat).deleted is not None:
            self.open_new()
        else:
            self._screen.appearance.name_things()

    def open_new(self) -> None:
        self.open(new_conversation(self._screen.launch, self._screen.store, self.model))

    def open_stored(self, chat: int, *, message: int | None = None, words: str = "") -> None:
        """Open a chat, at words of one of its messages; raises UsageError where it is not there."""
        conversation = self._stored(self._screen.store.to_resume(chat))
        if message is not None and message not in {row.id for row in conversation.rows}:
            conversation.line().switch(message)
        self.open(conversation, message=message, words=words)

    def _stored(self, record: ChatRecord) -> Conversation:
        screen = self._screen
        return stored_conversation(screen.launch, screen.store, record, self.model)

    def fork(self, message: int, *, left: str | None = None) -> None:
        """A new chat with everything up to that message; `left` as for `open`."""
        screen = self._screen
        assert screen.conversation.id is not None
        record = screen.store.fork(screen.conversation.id, message)
        self.open(self._stored(record), left=left)
        screen.app.notify(f"This is now chat {record.id}, a fork.", markup=False)

    def load(self, options: EngineOptions) -> None:
        """Load a model anew; the chat stays."""
        screen = self._screen

        def change() -> None:
            self.options = options
            screen.conversation.use_model(str(options.model))
            screen.panel.show_loading(0.0)
            screen.idle.put_away()
            screen.host.open(options)
            screen.appearance.name_things()

        screen.turns.when_quiet(change)

    def use_model(self, model: Path) -> None:
        """Adapters and context size belonged to the former model."""
        self.load(replace(self.options, model=model, adapters=(), n_ctx=0))

    async def model_ready(self, info: EngineInfo) -> None:
        """The dialog of a chat in which nothing was said is the model's choice."""
        conversation = self._screen.conversation
        before = conversation.dialog
        try:
            conversation.settle(info)
        except LlamaChatError as error:
            self._screen.fail(error)
        self._screen.template_watch.opened()
        if conversation.dialog != before and not self._screen.turns.busy:
            await self._screen.show_rows()
        self._screen.appearance.name_things()
