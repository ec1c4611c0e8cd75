"""`llamachat chats ACTION`: stored chats listed, read, searched, exported, imported and changed.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Answers go to standard output (`--json` for scripts), confirmations to standard error.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from llamachat.cli.arguments import Parser
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


def run(argv: Sequence[str]) -> int:
    """The command after `llamachat chats`; without an action the list."""
    if argv and argv[0] in ACTIONS:
        code: int = _module(argv[0]).run(argv[1:])
        return code
    if argv and (argv[0] in ("-h", "--help") or not argv[0].startswith("-")):
        parser().parse_args(argv)
    listed: int = _module("list").run(argv)
    return listed


def parser() -> Parser:
    """The actions; their flags are read by parsers of their own."""
    rows = "\n".join(f"  {name:<10} {action.summary}" for name, action in ACTIONS.items())
    made = Parser(
        "llamachat chats",
        usage="llamachat chats [ACTION] [-h] …",
        description=f"Stored chats. Without an action they are listed.\n\nactions:\n{rows}",
        epilog="A chat goes on with: llamachat --resume NUMBER",
    )
    made.add_argument("action", choices=ACTIONS, metavar="ACTION", help="one of the actions above")
    return made


def parsers() -> list[argparse.ArgumentParser]:
    """Those of the actions, for completion."""
    return [_module(name).parser() for name in ACTIONS]


def _module(action: str) -> ModuleType:
    return import_module(f"llamachat.cli.{ACTIONS[action].module}")
