"""What is being written, for which chat, and that it is kept whatever happens.

An answer that is being written is stored before another chat is shown, which may take a second.
What is typed meanwhile is for the chat that was asked for: the composer is its own at once, and
what is sent waits for it. Knows the screen's widgets; nothing of engines.
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
        self.first = (screen.conversation, screen.launch.first)
        """the message that the program was started with, and the chat that it is for"""
        self._waiting: list[tuple[Conversation, str]] = []
        """sent to a chat before that was shown"""
        self._left = ""
        """what was in the composer when the chat on the screen was left for that one"""
        self._refused = False
        """the store did not take a draft, and that was said"""

    @property
    def addressee(self) -> Conversation:
        """Whom the composer is for."""
        return self.coming or self._screen.conversation

    @property
    def here(self) -> str:
        """What is being written for the chat on the screen."""
        if self.coming is not None:
            return self._left
        if self._screen.editing.message is not None:
            return self._screen.editing.draft
        return self._screen.composer.draft

    def put_back(self, text: str) -> None:
        """What was not sent is written again, before what was written since."""
        if self.coming is None:
            self._screen.composer.draft = joined(text, self._screen.composer.draft)
        else:
            self._left = joined(text, self._left)
        self.keep()

    def keep(self) -> None:
        """What was asked is not in the chat until the store has it; a first message waits, too."""
        screen, (first_for, first) = self._screen, self.first
        asked = joined(first if first_for is screen.conversation else "", screen.turns.unstored)
        self._save(screen.conversation, self.here, asked=asked)
        if self.coming is not None:
            self._save(self.coming, screen.composer.draft)

    def put_aside(self, text: str) -> None:
        """The same for what can not be in the composer, where something else is just now."""
        if self._screen.editing.message is None:
            self.put_back(text)
        else:
            self._screen.editing.put_aside(text)
            self.keep()

    def keep_elsewhere(self, conversation: Conversation, text: str) -> None:
        """What can not be sent to a chat that is not here is its draft."""
        self._save(conversation, conversation.draft, asked=text)

    def wait(self, conversation: Conversation, text: str) -> None:
        """Something was sent to the chat that is about to be shown."""
        self._waiting.append((conversation, text))
        self.keep()

    def waited(self, conversation: Conversation, text: str) -> None:
        """It is shown now."""
        self._waiting.remove((conversation, text))

    def leave_for(self, conversation: Conversation, *, left: str | None = None) -> None:
        """What is typed from now on is for another chat.

        Args:
            left: what is left behind for this one, where something was typed for the other since.
        """
        typed = ""
        if self.coming is not None:
            self.keep()  # what was typed for that one
        else:
            here = self.here
            self._left = left if left is not None and here.startswith(left) else here
            typed = here.removeprefix(self._left)
        self.coming = conversation
        self._screen.composer.draft = joined(conversation.draft, typed)
        self.keep()

    def arrive(self, conversation: Conversation) -> None:
        """That chat is on the screen; one more may have been asked for since."""
        if conversation is self.coming:
            self.coming = None
        else:
            self._left = conversation.draft

    def _save(self, conversation: Conversation, text: str, *, asked: str = "") -> None:
        """A command is nothing to keep: no chat begins with one."""
        waiting = [sent for to, sent in self._waiting if to is conversation]
        words = "" if COMMANDS.begins(text) else text
        try:
            conversation.save_draft(joined(asked, *waiting, words))
            self._refused = False
        except LlamaChatError as error:
            if not self._refused:  # once, not for each word
                self._screen.fail(error)
            self._refused = True
