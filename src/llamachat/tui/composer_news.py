"""What the composer says: something is sent, to a chat or as a command, or the draft is another.

A part of the chat screen, as `engine_news` is. Knows which chat something is for; nothing of keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from llamachat.chat.conversation import Conversation
from llamachat.tui.commands.command import SlashCommand
from llamachat.tui.commands.table import COMMANDS
from llamachat.tui.desk import UNSENT
from llamachat.tui.widgets.composer import Composer

if TYPE_CHECKING:
    from llamachat.tui.desk import Desk
    from llamachat.tui.editing import Editing
    from llamachat.tui.idle import IdleEngine
    from llamachat.tui.turns import Turns


class HearsComposer(Screen[None]):
    """A screen with a composer."""

    conversation: Conversation
    idle: IdleEngine
    desk: Desk
    editing: Editing
    turns: Turns
    _quit_warned: bool

    @property
    def composer(self) -> Composer:
        raise NotImplementedError

    async def perform(self, command: SlashCommand, argument: str) -> None:
        """A slash command."""
        raise NotImplementedError

    @property
    def unsent(self) -> str:
        """What is being written, as far as it may become the next message."""
        return COMMANDS.message_of(self.composer.draft) if self._writes_here else ""

    @property
    def _writes_here(self) -> bool:
        return self.editing.message is None and self.desk.drafts.coming is None

    @on(Composer.Submitted)
    async def _submitted(self, event: Composer.Submitted) -> None:
        """To the chat that it was written for."""
        self._quit_warned = False
        drafts, to, text = self.desk.drafts, event.to, "" if event.command else event.text
        assert isinstance(to, Conversation)
        if to is drafts.coming:
            drafts.wait(to, text)
            self.turns.when_quiet(lambda: self._arrived_with(event, to, text))
        elif to is self.conversation or event.command:
            await self._carry_out(event)
        else:
            drafts.keep_elsewhere(to, text)
            self.app.notify(UNSENT, markup=False)

    async def _arrived_with(self, event: Composer.Submitted, to: Conversation, text: str) -> None:
        self.desk.drafts.waited(to, text)
        await self._submitted(event)

    async def _carry_out(self, event: Composer.Submitted) -> None:
        found = COMMANDS.find(event.text) if event.command else None
        if found is not None:
            await self.perform(*found)
        elif event.text.strip():
            await self.desk.submit(event.text, open_line=event.open_line, pasted=event.pasted)

    @on(Composer.DraftChanged)
    def _draft_changed(self) -> None:
        self._quit_warned = False
        self.desk.drafts.keep()
        if self._writes_here:
            self.idle.written(self.conversation, self.unsent)
