"""What a slash command is, and how a typed line is matched with one.

A line that begins with a word that is no command is a message, however it begins, so that paths
can be spoken of; only what looks like a slip is asked about: a word that is nearly a command, or
words after one that takes none. Knows no particular command.
"""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamachat.tui.widgets.composer_completion import Completion

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen

Perform = Callable[["ChatScreen", str], Awaitable[None]]
"""gets the screen and what was typed after the name"""


@dataclass(frozen=True, slots=True)
class SlashCommand:
    name: str
    """with its slash"""
    summary: str
    perform: Perform
    usage: str = ""
    """what follows the name: "NAME VALUE", "[FILE]" """
    aliases: tuple[str, ...] = ()
    arguments: Callable[[str], Iterable[tuple[str, str]]] | None = None
    """completions of what was typed after the name so far: (text, summary)"""


class CommandTable:
    """All commands by name and alias."""

    def __init__(self, commands: Sequence[SlashCommand]) -> None:
        self.commands = tuple(commands)
        self._named = {n: c for c in commands for n in (c.name, *c.aliases)}

    def find(self, draft: str) -> tuple[SlashCommand, str] | None:
        """The command of a typed line and its argument; None where it is a message."""
        word, _, argument = draft.strip().partition(" ")
        command = self._named.get(word)
        if command is None or (argument and not command.usage):
            return None
        return command, argument.strip()

    def is_command(self, draft: str) -> bool:
        return self.find(draft) is not None

    def begins(self, draft: str) -> bool:
        """Whether a line is a command, or becomes one where it goes on."""
        line = draft.strip()
        if " " in line:
            return "\n" not in line and self.is_command(line)
        return line.startswith("/") and any(name.startswith(line) for name in self._named)

    def message_of(self, draft: str) -> str:
        """What of it may become a message: nothing of a command."""
        return "" if self.begins(draft) else draft

    def slip(self, draft: str) -> str:
        """The command that was probably meant; empty where the line is a message."""
        line = draft.rstrip()
        word, _, argument = line.partition(" ")
        if not word.startswith("/") or "\n" in line:
            return ""
        meant = {n: c for n, c in self._named.items() if not argument or c.usage or n == word}
        near = difflib.get_close_matches(word, meant, n=1, cutoff=0.75)
        return near[0] if near else ""

    def objection(self, draft: str) -> str:
        """What is said to a slip; empty where the line is a message."""
        meant, word = self.slip(draft), draft.partition(" ")[0].rstrip()
        if not meant:
            return ""
        wrong = f"There is no command {word}. Did you mean {meant}?"
        if meant == word:
            wrong = f"{word} takes nothing after it."
        return f"{wrong} A space before it sends it as a message."

    def completions(self, draft: str) -> list[Completion]:
        """What the draft may become."""
        word, space, argument = draft.partition(" ")
        if not space:
            return [
                Completion(c.name + (" " if c.usage else ""), c.summary)
                for c in self.commands
                if c.name.startswith(word)
            ]
        return list(self._arguments(word, argument.lstrip()))

    def _arguments(self, word: str, argument: str) -> Iterator[Completion]:
        command = self._named.get(word)
        if command is not None and command.arguments is not None:
            for text, summary in command.arguments(argument):
                if text.startswith(argument):
                    yield Completion(f"{word} {text}", summary)
