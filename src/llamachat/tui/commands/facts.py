"""Commands that tell: help, prompt, figures, context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamachat.engine.base import Engine
from llamachat.errors import UsageError
from llamachat.tui.commands.command import SlashCommand

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


def engine_of(screen: ChatScreen) -> Engine:
    """Raises UsageError while there is none."""
    engine = screen.host.engine
    if engine is None:
        raise UsageError("The model is not loaded.", "Wait for it, or choose another: /model")
    return engine


async def show_help(screen: ChatScreen, _argument: str) -> None:
    screen.overlays.help()


async def prompt(screen: ChatScreen, _argument: str) -> None:
    engine = engine_of(screen)
    segments = screen.conversation.chat(engine).prompt()
    screen.overlays.text("What the model is given", [(part.text, part.kind) for part in segments])


async def stats(screen: ChatScreen, _argument: str) -> None:
    screen.overlays.text("Figures", screen.panel.full_text)


async def context(screen: ChatScreen, _argument: str) -> None:
    figures = screen.turns.figures()
    if not figures.n_ctx:
        raise UsageError("The context is not known yet.", "Say something first.")
    used = f"{figures.context_used} of {figures.n_ctx} tokens"
    screen.say(f"Context: {used} ({figures.context_fraction:.0%}). {figures.warning}".strip())


COMMANDS = (
    SlashCommand("/help", "all keys and commands", show_help, aliases=("/?",)),
    SlashCommand("/prompt", "exactly what the model is given", prompt),
    SlashCommand("/stats", "figures of the latest answer, memory, model", stats),
    SlashCommand("/context", "how full the context is, and what goes next", context),
)
