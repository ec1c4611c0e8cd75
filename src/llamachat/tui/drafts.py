"""What is being written, for which chat, and that it is kept whatever happens.

An answer that is being written is stored before another chat is shown, which may take a second.
What is typed meanwhile is for the chat that was asked for: the composer is its own at once. Knows
the screen's widgets; nothing of engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamachat.chat.conversation import Conversation
from llamachat.errors import LlamaChatError
from llamachat.tui.commands.table import COMMANDS
from llamachat.tui.widgets.composer_text import joined

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


class Drafts:
    """Between the composer and the store."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self.coming: Conversation | None = None
        """the chat that is about to be shown, and that the composer is for already"""
        self._left = ""
        """what was in the composer when the chat on the screen was left for that one"""
        self._refused = False
        """the store did not take a draft, and that was said"""

    @property
    def here(self) -> str:
        """What is being written for the chat on the screen."""
        return self._screen.composer.draft if self.coming is None else self._left

    def put_back(self, text: str) -> None:
        """What was not sent is written again, before what the draft of this chat holds by now."""
        text = joined(text, self.here)
        if self.coming is None:
            self._screen.composer.draft = text
        else:
            self._left = text
        self.keep()

    def keep(self) -> None:
        """The text of an edit is in the chat, and what was asked is not, until the store has it."""
        if self._screen.desk.editing is not None:
            return
        self._save(self._screen.conversation, self.here, asked=self._screen.turns.unstored)
        if self.coming is not None:
            self._save(self.coming, self._screen.composer.draft)

    def leave_for(self, conversation: Conversation) -> None:
        """What is typed from now on is for another chat."""
        self._left = self.here
        self.keep()
        self.coming = conversation
        self._screen.composer.draft = conversation.draft

    def arrive(self, conversation: Conversation) -> None:
        """That chat is on the screen; one more may have been asked for since."""
        if conversation is self.coming:
            self.coming = None
        else:
            self._left = conversation.draft

    def _save(self, conversation: Conversation, text: str, *, asked: str = "") -> None:
        """A command is nothing to keep: no chat begins with one."""
        words = "" if COMMANDS.begins(text) else text
        try:
            conversation.save_draft(joined(asked, words))
            self._refused = False
        except LlamaChatError as error:
            if not self._refused:  # once, not for each word
                self._screen.fail(error)
            self._refused = True
