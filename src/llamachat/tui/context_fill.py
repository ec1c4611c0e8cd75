"""How full the context of a chat is, before anything is said in it: the tokens of its prompt.

Asks the engine while nobody answers. Knows the conversation, the meter and the panel; counts
nothing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamachat.tui.engine_host import EngineHost, PromptOf

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


class ContextFill:
    """Of the chat that is shown."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._asked: PromptOf | None = None

    def look(self) -> None:
        """Have the prompt counted, where something was said."""
        conversation = self._screen.conversation
        self._asked = None
        if conversation.rows and not self._screen.turns.busy:
            self._asked = lambda engine: conversation.chat(engine).prompt()
            self._screen.host.count(self._asked)

    def take(self, counted: EngineHost.Counted) -> None:
        """Show it, unless another chat or an answer has come in between."""
        turns = self._screen.turns
        if counted.prompt_of is self._asked and not turns.busy:
            turns.meter.forget(counted.tokens)
            self._screen.panel.show(turns.figures())
