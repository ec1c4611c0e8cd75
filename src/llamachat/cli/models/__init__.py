"""`llamachat models ACTION`: model files listed, fetched, shown, verified, imported and removed.

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
    "list": Command("models.listing", "what is installed, what can be had, and what fits here"),
    "pull": Command("models.pulling", "fetch a model of the catalogue, the hub or an address"),
    "use": Command("models.using", "the model that every start takes"),
    "show": Command("models.showing", "what a model file holds, and where it came from"),
    "verify": Command("models.verifying", "checksums of models, files and folders of weights"),
    "import": Command("models.importing", "a model of this disk, or the one in a llamafile"),
    "rm": Command("models.removing", "delete models"),
    "path": Command("models.locating", "where a model's file is"),
}
_DEFAULT = "list"
"""runs where no action is given"""


def run(argv: Sequence[str]) -> int:
    """The command after `llamachat models`; without an action the list."""
    if argv and argv[0] in ACTIONS:
        code: int = _module(argv[0]).run(argv[1:])
        return code
    if argv and (argv[0] in ("-h", "--help") or not argv[0].startswith("-")):
        parser().parse_args(argv)
    listed: int = _module(_DEFAULT).run(argv)
    return listed


def parser() -> Parser:
    """The actions; their flags are read by parsers of their own."""
    rows = "\n".join(f"  {name:<10} {action.summary}" for name, action in ACTIONS.items())
    made = Parser(
        "llamachat models",
        usage="llamachat models [ACTION] [-h] …",
        description=f"Model files. Without an action they are listed.\n\nactions:\n{rows}",
        epilog="A model answers with: llamachat -m NAME",
    )
    made.add_argument("action", choices=ACTIONS, metavar="ACTION", help="one of the actions above")
    return made


def parsers() -> list[argparse.ArgumentParser]:
    """Those of the actions, for completion."""
    return [_module(name).parser() for name in ACTIONS]


def _module(action: str) -> ModuleType:
    return import_module(f"llamachat.cli.{ACTIONS[action].module}")
