"""All slash commands, in the order of the help."""

from __future__ import annotations

from llamachat.tui.commands import building, chats, facts, files, settings, talk
from llamachat.tui.commands.command import CommandTable

COMMANDS = CommandTable(
    [
        *facts.COMMANDS[:1],  # /help stands first
        *chats.COMMANDS,
        *talk.COMMANDS,
        *files.COMMANDS,
        *settings.COMMANDS,
        *building.COMMANDS,
        *facts.COMMANDS[1:],
        chats.QUIT,
    ]
)
