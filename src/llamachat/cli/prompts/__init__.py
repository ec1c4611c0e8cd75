"""`llamachat prompts ACTION`: prompt templates listed, read, made, edited and checked.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Answers go to standard output (`--json` for scripts), confirmations and faults to standard error.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from llamachat.cli.arguments import Parser
from llamachat.cli.commands import Command

ACTIONS: dict[str, Command] = {
    "list": Command("prompts.listing", "all prompt templates, yours and the shipped ones"),
    "show": Command("prompts.showing", "the file of one, or the prompt it makes"),
    "new": Command("prompts.creating", "begin one of your own as a copy of another"),
    "edit": Command("prompts.editing", "open one in $VISUAL or $EDITOR, check it after"),
    "check": Command("prompts.checking", "what is wrong in them, with line and column"),
    "path": Command("prompts.locating", "where they are"),
}


def run(argv: Sequence[str]) -> int:
    """The command after `llamachat prompts`; without an action the list."""
    if argv and argv[0] in ACTIONS:
        code: int = _module(argv[0]).run(argv[1:])
        return code
    if argv and argv[0] != "--json":
        parser().parse_args(argv)
    listed: int = _module("list").run(argv)
    return listed


def parser() -> Parser:
    """The actions; their flags are read by parsers of their own."""
    rows = "\n".join(f"  {name:<8} {action.summary}" for name, action in ACTIONS.items())
    made = Parser(
        "llamachat prompts",
        usage="llamachat prompts [ACTION] [-h] …",
        description=f"Prompt templates: files that say how a dialog goes. Without an action they "
        f"are listed.\n\nactions:\n{rows}",
        epilog="Talk in one: llamachat -T NAME",
    )
    made.add_argument("action", choices=ACTIONS, metavar="ACTION", help="one of the actions above")
    return made


def parsers() -> list[argparse.ArgumentParser]:
    """Those of the actions, for completion."""
    return [_module(name).parser() for name in ACTIONS]


def _module(action: str) -> ModuleType:
    return import_module(f"llamachat.cli.{ACTIONS[action].module}")
