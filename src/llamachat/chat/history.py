"""Where a chat keeps what was said: the few things it asks of a store, and the one in memory.

A store may keep far more (other branches, titles, dates); a chat sees one line of messages. Knows
nothing of engines or prompts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from llamachat.chat.message import Message


class History(Protocol):
    """The line of messages from the first to the latest one."""

    @property
    def messages(self) -> tuple[Message, ...]: ...

    def add(self, message: Message) -> None:
        """Keep a whole message after the latest one, durably before returning."""
        ...

    def journal(self, text: str) -> None:
        """More text of the answer that is being written, in case its end never comes; `add`
        follows with all of it."""
        ...

    def withdraw(self) -> None:
        """Step back before the latest message; what follows takes its place."""
        ...

    def clear(self) -> None:
        """Begin a new line of messages."""
        ...


class MemoryHistory:
    """Forgotten with the process."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages = list(messages)

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._messages)

    def add(self, message: Message) -> None:
        self._messages.append(message)

    def journal(self, text: str) -> None:
        """Nothing outlives this process anyway."""

    def withdraw(self) -> None:
        self._messages.pop()

    def clear(self) -> None:
        self._messages.clear()
