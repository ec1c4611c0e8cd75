"""The front door of a command with actions: `llamachat COMMAND [ACTION] …`.

Each action is a module with `parser()` and `run(argv)`; nothing is imported before it is asked for.
Knows nothing of any action.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from llamachat.cli.arguments import Parser
from llamachat.cli.commands import Command
from llamachat.errors import UsageError

_HELP = ("-h", "--help")


@dataclass(frozen=True, slots=True)
class Actions:
    """What a command can do, and what it does when nothing is named."""

    command: str
    modules: Mapping[str, Command]
    default: str
    """the action that runs when none is named"""
    description: str
    epilog: str
    flags: tuple[str, ...] | None = None
    """those that go on to it; None: all"""
    column: int = 10
    """width of the names in the help"""

    def run(self, argv: Sequence[str]) -> int:
        """The command after `llamachat COMMAND`."""
        action, rest = self.default, argv
        if argv and argv[0] in self.modules:
            action, rest = argv[0], argv[1:]
        elif argv and argv[0] in _HELP:
            self.parser().parse_args(argv[:1])
        elif argv and not self._goes_on(argv[0]):
            raise self._refusal(argv[0])
        code: int = self._module(action).run(rest)
        return code

    def parser(self) -> Parser:
        """The actions; their flags are read by parsers of their own."""
        rows = (f"  {name:<{self.column}} {one.summary}" for name, one in self.modules.items())
        made = Parser(
            f"llamachat {self.command}",
            usage=f"llamachat {self.command} [ACTION] [-h] …",
            description="\n".join([self.description, "", "actions:", *rows]),
            epilog=f"{self.epilog}\nFlags of an action: llamachat {self.command} ACTION --help",
        )
        made.add_argument(
            "action", choices=self.modules, metavar="ACTION", help="one of the actions above"
        )
        return made

    def parsers(self) -> list[argparse.ArgumentParser]:
        """Those of the actions, for completion."""
        return [self._module(name).parser() for name in self.modules]

    def _goes_on(self, word: str) -> bool:
        """Whether a first word that is no action is a flag of the default one."""
        if self.flags is not None:
            return word in self.flags
        return word.startswith("-")

    def _refusal(self, word: str) -> UsageError:
        import difflib  # 3 ms, only for errors

        what = "a flag" if word.startswith("-") else "an action"
        close = difflib.get_close_matches(word, self.modules, n=1)
        guess = f"; the nearest is {close[0]}." if close else "."
        return UsageError(
            f"{word!r} is not {what} of `llamachat {self.command}`{guess}",
            f"Run `llamachat {self.command} --help` to see what there is.",
        )

    def _module(self, action: str) -> ModuleType:
        return import_module(f"llamachat.cli.{self.modules[action].module}")
