"""How full the context of a chat is, before anything is said in it: the tokens of its prompt; and
what goes next, said where nothing else shows it.

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
        self._announced = False

    def look(self) -> None:
        """Have the prompt counted, where something was said."""
        conversation = self._screen.conversation
        self._asked, self._announced = None, False
        if conversation.rows and not self._screen.turns.busy:
            self._asked = lambda engine: conversation.chat(engine).prompt()
            self._screen.host.count(self._asked)

    def announce(self) -> None:
        """Say once which turns go next, where no panel does."""
        screen, figures = self._screen, self._screen.turns.figures()
        if figures.warning and not (self._announced or screen.panel.display):
            full = f"The context is {figures.context_fraction:.0%} full."
            screen.transcript.say(f"{full} {figures.warning}", "warning")
        self._announced = bool(figures.warning)

    def take(self, counted: EngineHost.Counted) -> None:
        """Show it, unless another chat or an answer has come in between."""
        turns = self._screen.turns
        if counted.prompt_of is self._asked and not turns.busy:
            turns.meter.forget(counted.tokens)
            self._screen.panel.show(turns.figures())
            self.announce()
