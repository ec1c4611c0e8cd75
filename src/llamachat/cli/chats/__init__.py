"""`llamachat chats ACTION`: stored chats listed, read, searched, exported, imported and changed.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Answers go to standard output (`--json` for scripts), confirmations to standard error.
"""

from __future__ import annotations

from llamachat.cli.actions import Actions
from llamachat.cli.commands import Command

ACTIONS: dict[str, Command] = {
    "list": Command("chats.listing", "all chats, the newest first"),
    "show": Command("chats.showing", "what was said in a chat"),
    "search": Command("chats.searching", "the messages with these words"),
    "export": Command("chats.exporting", "a chat as Markdown or JSON"),
    "import": Command("chats.importing", "chats from JSON"),
    "rename": Command("chats.renaming", "give a chat another title"),
    "delete": Command("chats.deleting", "put chats away"),
    "undelete": Command("chats.undeleting", "have deleted chats back"),
}
_DOOR = Actions(
    "chats",
    ACTIONS,
    default="list",
    description="Stored chats. Without an action they are listed.",
    epilog="A chat goes on with: llamachat --resume NUMBER",
)
run, parser, parsers = _DOOR.run, _DOOR.parser, _DOOR.parsers
