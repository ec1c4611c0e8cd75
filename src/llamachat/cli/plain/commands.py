"""What can be typed instead of a message: /help, /reset, /stats, /prompt, /exit.

A word that is no command is text, however it begins, so that paths can be spoken of; only what
looks like a slip is asked about. Knows a chat; nothing of terminals.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from llamachat.chat.chat import Chat
from llamachat.cli.timings import dialog_line
from llamachat.engine.base import Done
from llamachat.engine.prompt import prompt_text

_MIB = 1024 * 1024

COMMANDS = {
    "/help": "this list",
    "/reset": "forget what was said and begin again",
    "/stats": "the context, the last answer's figures, memory",
    "/prompt": "exactly what the model is given",
    "/exit": "leave (also /quit, /bye, Ctrl+D)",
}
ALIASES = {"/?": "/help", "/quit": "/exit", "/bye": "/exit"}

ENDINGS = """\
A message ends with Return. A line that ends with \\ is continued on the next
one; a line that ends with / hands over in mid-line, and the answer goes on
there (a space after the slash keeps it). What is pasted with its line ends
stays one message."""

STORED = """\
This chat is stored as it goes: llamachat --resume goes on with it, llamachat
chats lists all of them, and --no-save stores nothing."""


@dataclass(slots=True)
class Commands:
    """Performs commands on a chat; `say` prints."""

    chat: Chat
    say: Callable[[str], None]
    last: Done | None = None
    """how the latest answer ended"""
    leaving: bool = False
    stored: bool = False
    """the chat can be resumed"""

    def perform(self, line: str) -> bool:
        """Whether the line was a command, or a slip that was asked about."""
        word = line.strip()
        word = ALIASES.get(word, word)
        if word not in COMMANDS:
            return self._asked_about(word)
        match word:
            case "/help":
                self.say("\n".join(self._help()))
            case "/reset":
                self.chat.reset()
                self.last = None
                kept = "; llamachat chats export --format json still has it" if self.stored else ""
                self.say(f"[ everything that was said is forgotten{kept} ]")
            case "/stats":
                self.say("\n".join(self._stats()))
            case "/prompt":
                self.say(prompt_text(self.chat.prompt()))
            case "/exit":
                self.leaving = True
        return True

    def _asked_about(self, word: str) -> bool:
        near = difflib.get_close_matches(word, [*COMMANDS, *ALIASES], n=1, cutoff=0.75)
        if near and " " not in word:
            self.say(
                f"There is no command {word}. Did you mean {near[0]}? "
                "A space before it sends it as a message."
            )
        return bool(near) and " " not in word

    def _help(self) -> Iterator[str]:
        for name, meaning in COMMANDS.items():
            yield f"  {name:<8} {meaning}"
        yield ENDINGS
        yield "Ctrl+C stops an answer; what there is of it stays."
        if self.stored:
            yield STORED

    def _stats(self) -> Iterator[str]:
        info = self.chat.engine.info
        used = self.chat.engine.count(self.chat.prompt())
        yield f"  context  {used} of {info.n_ctx} tokens ({used / info.n_ctx:.0%})"
        if self.last is not None:
            yield f"  answer   {dialog_line(self.last)}"
            yield (
                f"           {self.last.usage.generated} tokens, "
                f"{self.last.timings.first_token * 1e3:.0f} ms to the first one"
            )
        memory = self.last.memory if self.last is not None else info.memory
        parts = {
            "model": memory.model,
            "KV cache": memory.kv_cache,
            "buffers": memory.compute,
            "engine in all": memory.resident,
        }
        told = (f"{name} {size / _MIB:.1f} MiB" for name, size in parts.items() if size)
        if info.server:
            yield f"  model    {info.name} at {info.server}"
            return
        yield f"  memory   {', '.join(told)}"
        yield f"  model    {info.name}, {info.ftype}, {info.threads} threads, rung {info.rung}"


def is_command(line: str) -> bool:
    """Whether a typed line is a command or may be a slip of one: it then needs no more lines."""
    word = line.strip()
    return line.startswith("/") and (word in COMMANDS or word in ALIASES)
