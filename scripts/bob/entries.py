"""What in the tables has a name and is explained: flags, commands, keys, folders, words, and the
situations in which people need them.

Composes the fixed answers about flags. Knows nothing of how questions are worded.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "tables"
FLAG_FILES = (
    *("flags_run", "flags_sampling", "flags_more", "flags_other", "flags_rest"),
    "flags_remote",
)
NAMED_FILES = {
    "command": ("commands",),
    "key": ("keys", "keys_more"),
    "shell": ("shell", "shell_more", "shell_models", "shell_chats"),
    "place": ("places", "settings"),
    "missing": ("missing",),
}
"""by kind, which is also the name of their entries"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Patterns of questions, and their answers (one is drawn)."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that has a name: a flag, a command, a key, a folder, a word, or what is missing."""

    kind: str
    names: tuple[str, ...]
    about: str
    """answers "What is …?" """
    how: str
    """answers "How do I …?" """
    want: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    default: str = ""
    example: str = ""


def toml(name: str) -> dict[str, Any]:
    """One table of tables/."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def all_named() -> list[Fact]:
    """Everything that has a name, flags first."""
    named = [fact for name in FLAG_FILES for fact in map(_flag, toml(name)["flag"])]
    for kind, files in NAMED_FILES.items():
        named += [_named(kind, entry) for name in files for entry in toml(name)[kind]]
    named += [_named("word", e | {"about": e["answer"]}) for e in toml("concepts")["concept"]]
    return named


def situations(named: Iterable[Fact]) -> tuple[Asked, ...]:
    """What people say when they need something; its `how` is the answer."""
    hows = {name: fact.how for fact in named for name in fact.names}
    return tuple(Asked(tuple(e["say"]), (hows[e["of"]],)) for e in toml("situations")["situation"])


def asked(entry: dict[str, Any]) -> tuple[Asked, ...]:
    """The questions of its own that an entry has."""
    return tuple(Asked(tuple(ask["q"]), (ask["a"],)) for ask in entry.get("ask", ()))


def _named(kind: str, entry: dict[str, Any]) -> Fact:
    return Fact(
        kind=kind,
        names=tuple(entry["names"]),
        about=entry["about"],
        how=entry.get("how", entry["about"]),
        want=tuple(entry.get("want", ())),
        topic=tuple(entry.get("topic", ())),
        asked=asked(entry),
    )


def _flag(entry: dict[str, Any]) -> Fact:
    names = tuple(entry["names"])
    spelled = f"{names[0]} {entry.get('value', '')}".strip()
    if len(names) > 1:
        spelled += f" (also {names[1]})"
    default, example = entry.get("default", ""), entry.get("example", "")
    about, how = f"{spelled} {entry['does']}.", f"Use {spelled}: it {entry['does']}."
    return Fact(
        kind="flag",
        names=names,
        about=f"{about} The default is {default}." if default else about,
        how=f"{how} Example: {example}" if example else how,
        want=tuple(entry.get("want", ())),
        topic=tuple(entry.get("topic", ())),
        asked=asked(entry),
        default=default,
        example=example,
    )
