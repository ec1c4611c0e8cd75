"""`llamachat config ACTION`: the settings shown, found, edited and changed.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Only these actions ever write the file, and the settings screen of the full-screen chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from llamachat.cli.arguments import Parser
from llamachat.cli.commands import Command

ACTIONS: dict[str, Command] = {
    "show": Command("config.showing", "every setting, its value and where that comes from"),
    "path": Command("config.locating", "where the file is"),
    "edit": Command("config.editing", "open the file in $VISUAL or $EDITOR, check it after"),
    "set": Command("config.setting", "give a setting a value: set KEY VALUE"),
    "unset": Command("config.unsetting", "have the default of a setting back: unset KEY"),
}


def run(argv: Sequence[str]) -> int:
    """The command after `llamachat config`; without an action all is shown."""
    if argv and argv[0] in ACTIONS:
        code: int = _module(argv[0]).run(argv[1:])
        return code
    if argv:
        parser().parse_args(argv)
    shown: int = _module("show").run(())
    return shown


def parser() -> Parser:
    """The actions; their flags are read by parsers of their own."""
    rows = "\n".join(f"  {name:<8} {action.summary}" for name, action in ACTIONS.items())
    made = Parser(
        "llamachat config",
        usage="llamachat config [ACTION] [-h] …",
        description=f"Settings for every start. Without an action they are shown.\n\n"
        f"actions:\n{rows}",
        epilog="Environment variables win over the file, flags win over both.\n"
        "example: llamachat config set sampling.temp 0.6",
    )
    made.add_argument("action", choices=ACTIONS, metavar="ACTION", help="one of the actions above")
    return made


def _module(action: str) -> ModuleType:
    return import_module(f"llamachat.cli.{ACTIONS[action].module}")
