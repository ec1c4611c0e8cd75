"""What a shell can complete after `llamachat`: flags, their values, commands and theirs.

One plain form for the chat's table of flags and for the argparse parsers of commands, so that no
script can know more than the program. Knows nothing of any shell.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from llamachat.cli.commands import COMMANDS
from llamachat.cli.flags.table import GROUPS

_PATHS = ("SOURCE", "PATH", "FILE")
"""metavars of positional arguments"""


@dataclass(frozen=True, slots=True)
class Option:
    """One flag. `value` is empty for switches, else the name of what it takes."""

    names: tuple[str, ...]
    help: str
    value: str = ""
    choices: tuple[str, ...] = ()
    files: str = ""
    """a pattern of file names, where the value is a file"""
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Commandline:
    """What may follow `llamachat`, or one of its commands."""

    name: str
    help: str
    options: tuple[Option, ...]
    words: tuple[str, ...] = ()
    """choices of the positional arguments"""
    paths: bool = False
    """a positional argument is a file or a folder"""


def chat_line() -> Commandline:
    """`llamachat` without a command."""
    options = [
        Option(f.all_names, _first_sentence(f.help), f.metavar, f.choices, f.files, f.repeat)
        for group in GROUPS
        for f in group.flags
    ]
    return Commandline("llamachat", "", tuple(options), tuple(COMMANDS))


def command_lines() -> tuple[Commandline, ...]:
    """Each command's own line, from the parser that reads it, and those of its actions."""
    lines = []
    for name, command in COMMANDS.items():
        module = import_module(f"llamachat.cli.{command.module}")
        actions = _arguments(module.parser())
        places = [action for action in actions if not action.option_strings]
        words = (word for action in places for word in _words(action))
        paths = any(str(action.metavar) in _PATHS for action in places)
        below = module.parsers() if hasattr(module, "parsers") else ()
        actions += (action for parser in below for action in _arguments(parser))
        options = {a.option_strings[0]: _option(a) for a in reversed(actions) if a.option_strings}
        lines.append(
            Commandline(
                name, command.summary, tuple(reversed(options.values())), tuple(words), paths
            )
        )
    return tuple(lines)


def _arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return list(parser._actions)  # the only list of a parser's arguments there is


def _option(action: argparse.Action) -> Option:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    is_file = any(part in value for part in ("FILE", "FNAME", "PATH", "DIR"))
    return Option(
        tuple(action.option_strings),
        _first_sentence(action.help or ""),
        value,
        tuple(_words(action)),
        "*" if is_file else "",
    )


def _words(action: argparse.Action) -> Iterator[str]:
    yield from map(str, action.choices or ())


def _first_sentence(text: str) -> str:
    """Short enough for one line of a menu: without defaults and lists of values."""
    return text.split(" (", 1)[0].split(": ", 1)[0]
