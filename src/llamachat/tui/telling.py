"""Errors that a person can meet are told in the chat, wherever in the app they come up.

A full disk during a chat must not end it. Knows nothing of what failed; all other errors end the
app as ever.
"""

from __future__ import annotations

from textual.message import Message
from textual.message_pump import MessagePump

from llamachat.errors import LlamaChatError


class TellsErrors(MessagePump):
    """Something with handlers of messages that may fail for reasons outside of the program."""

    def fail(self, error: LlamaChatError) -> None:
        """Say what went wrong and what to do."""
        raise NotImplementedError

    async def _dispatch_message(self, message: Message) -> None:
        """A handler that raises would end its owner: Textual calls all of them here."""
        try:
            await super()._dispatch_message(message)
        except LlamaChatError as error:
            self.fail(error)
