"""`llamachat cache ACTION`: the KV states of chats, which spare reading them again.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Answers go to standard output (`--json` for scripts), confirmations to standard error.
"""

from __future__ import annotations

from llamachat.cli.actions import Actions
from llamachat.cli.commands import Command

ACTIONS: dict[str, Command] = {
    "show": Command("cache.showing", "which states there are, and the room they take"),
    "clear": Command("cache.clearing", "delete states; chats lose nothing"),
}
_DOOR = Actions(
    "cache",
    ACTIONS,
    default="show",
    description="KV states of chats: with its state a chat comes back without being read again.\n"
    "Without an action they are shown.",
    epilog="Room for them: llamachat config set kv_cache_mb 4000 (0 = keep none)",
)
run, parser, parsers = _DOOR.run, _DOOR.parser, _DOOR.parsers
