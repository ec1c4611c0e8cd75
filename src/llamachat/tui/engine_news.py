"""What the engine and its answers say, told to the widgets of the chat screen.

A part of the chat screen: handlers of the messages that threads post. Knows its panel, turns and
desk; nothing of keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from llamachat.errors import LlamaChatError
from llamachat.tui.answering import Answering
from llamachat.tui.engine_host import EngineHost
from llamachat.tui.hints import in_app
from llamachat.tui.idle import IdleEngine

if TYPE_CHECKING:
    from llamachat.chat.conversation import Conversation
    from llamachat.tui.context_fill import ContextFill
    from llamachat.tui.desk import Desk
    from llamachat.tui.launch import Launch
    from llamachat.tui.turns import Turns
    from llamachat.tui.widgets.panel import LivePanel
    from llamachat.tui.widgets.transcript import Transcript


class HearsEngine(Screen[None]):
    """A screen with a panel."""

    launch: Launch
    conversation: Conversation
    idle: IdleEngine
    desk: Desk
    turns: Turns
    fill: ContextFill
    _introduced = ""
    """what was said about the model"""

    @property
    def panel(self) -> LivePanel:
        raise NotImplementedError

    @property
    def unsent(self) -> str:
        """What is being written, as far as it may become the next message."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """A line of ours, between the messages."""
        raise NotImplementedError

    def fail(self, error: LlamaChatError) -> None:
        """What went wrong and what to do."""
        raise NotImplementedError

    @property
    def transcript(self) -> Transcript:
        raise NotImplementedError

    def introduce_model(self, *, anew: bool = False) -> None:
        """Say what must be said about the model; what was said about the one before holds no more.

        Args:
            anew: on a transcript in which nothing was said yet.
        """
        before = "" if anew else self._introduced
        self._introduced = in_app(self.launch.notice_of(self.desk.model))
        if self._introduced != before:
            self.transcript.unsay(before)
            if self._introduced:
                self.say(self._introduced)

    @on(Answering.Arrived)
    async def _arrived(self, event: Answering.Arrived) -> None:
        await self.turns.arrived(event.answering)

    @on(EngineHost.Loading)
    def _loading(self, event: EngineHost.Loading) -> None:
        self.panel.show_loading(event.fraction)

    @on(EngineHost.Ready)
    async def _ready(self, event: EngineHost.Ready) -> None:
        if event.restarted and event.info.server:  # nothing began anew: the next message connects
            self.panel.failed("connection lost")
            return
        self.panel.set_info(event.info)
        self.turns.loaded(event.info)
        if event.restarted:
            self.idle.opened(self.conversation, self.unsent)
            self.panel.restarted()
            rows = self.conversation.rows
            if rows and rows[-1].message.finish_reason == "died" and not self.turns.busy:
                self.say("The engine runs again; /regen has the answer written once more.")
            return
        await self.desk.model_ready(event.info)
        self.introduce_model()
        self.idle.opened(self.conversation, self.unsent)
        for note in event.notes:
            self.say(note)
        await self.desk.say_first()

    @on(EngineHost.Counted)
    def _counted(self, event: EngineHost.Counted) -> None:
        self.fill.take(event)

    @on(IdleEngine.DraftIsRead)
    def _draft_is_read(self, event: IdleEngine.DraftIsRead) -> None:
        self.panel.show_draft(event.ready, event.total)

    @on(EngineHost.Failed)
    def _failed(self, event: EngineHost.Failed) -> None:
        self.panel.failed("no engine")
        self.fail(event.error)
