"""/build: a model from original weights, while the chat goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamachat.errors import UsageError
from llamachat.tui.commands.command import SlashCommand
from llamachat.tui.commands.files import paths

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


async def build(screen: ChatScreen, argument: str) -> None:
    if argument == "cancel":
        screen.builds.cancel()
    elif argument:
        screen.build_model(argument)
    else:
        raise UsageError(
            "The weights to build from are missing.",
            "As in: /build ./my-llama --type q4_0 --adapter ./checkpoint-500",
        )


COMMANDS = (
    SlashCommand(
        "/build",
        "build a model from original weights",
        build,
        usage="SOURCE --type TYPE [FLAGS] | cancel",
        arguments=paths,
    ),
)
