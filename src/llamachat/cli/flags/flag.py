"""What one flag is: its names, its value, its variable and its line in `--help`.

The groups of flags are tables of these; the parser, the help and the shell completions are made
from them. Knows nothing of any particular flag.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Reader = Callable[[str], object]
"""Turns a typed value into a Python one; raises ValueError("what is expected instead")."""


def text(value: str) -> str:
    """The reader of values that are taken as they are."""
    return value


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. Without `metavar` it is a switch, with it it takes a value."""

    names: tuple[str, ...]
    """short forms first, then long ones; the first long one is its name in messages"""
    help: str
    metavar: str = ""
    read: Reader = text
    dest: str = ""
    """where the value goes; made from the first long name where empty"""
    off: tuple[str, ...] = ()
    """of a switch: the names that turn it off"""
    env: str = ""
    """the environment variable that gives it too; the command line wins"""
    choices: tuple[str, ...] = ()
    """for completion and --help; `read` checks"""
    bare: str = ""
    """the value where none of `accepted` follows (`-fa` alone)"""
    accepted: tuple[str, ...] = ()
    """of a flag with `bare`: the words that are its value; empty = any that is no flag"""
    repeat: bool = False
    """every occurrence counts; otherwise the last one wins"""
    hidden: bool = False
    """accepted because people type it, not worth a line of --help"""
    files: str = ""
    """a pattern of file names for completion: `*` or `*.gguf`"""

    @property
    def name(self) -> str:
        """The first long name."""
        return next((name for name in self.names if name.startswith("--")), self.names[0])

    @property
    def key(self) -> str:
        return self.dest or self.name.removeprefix("--").replace("-", "_")

    @property
    def all_names(self) -> tuple[str, ...]:
        return self.names + self.off


@dataclass(frozen=True, slots=True)
class Group:
    """Flags under one heading of `--help`."""

    title: str
    flags: tuple[Flag, ...]
