"""The tables in tables/, read into values: the one place where what Bob knows can be corrected.

Composes the fixed answers about flags and exit codes. Knows nothing of how questions are worded.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "tables"
FLAG_FILES = ("flags_run", "flags_sampling", "flags_more", "flags_other")


@dataclass(frozen=True, slots=True)
class Asked:
    """Patterns of questions, and their answers (one is drawn)."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of llamachat that has a name: a flag, a command, a key, a folder, a word."""

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


@dataclass(frozen=True, slots=True)
class Code:
    """An exit code."""

    number: int
    meaning: str
    when: tuple[str, ...]
    noun: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Country:
    name: str
    """with its article where it has one: "the Netherlands" """
    capital: str
    continent: str
    currency: str
    language: str
    adjective: str


@dataclass(frozen=True, slots=True)
class Table:
    """Pairs (x, y) with the questions that lead from x to y and back."""

    name: str
    ask: tuple[str, ...]
    answer: str
    rows: tuple[tuple[str, str], ...]
    also: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; `items` are named as many as asked for, a `whole` answer is given in full."""

    of: tuple[str, ...]
    items: tuple[str, ...] = ()
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that Bob knows."""

    named: tuple[Fact, ...]
    codes: tuple[Code, ...]
    troubles: tuple[Asked, ...]
    """`questions` are statements such as "the download stopped" """
    singles: tuple[Asked, ...]
    """questions of their own, about llamachat"""
    about: tuple[Asked, ...]
    talk: tuple[Asked, ...]
    common: tuple[Asked, ...]
    countries: tuple[Country, ...]
    aliases: tuple[tuple[str, str], ...]
    """(another name of a country, its name in the table)"""
    tables: tuple[Table, ...]
    lists: tuple[Listing, ...]
    people: tuple[str, ...]
    """famous people whom Bob does not know"""
    unknown: dict[str, tuple[str, ...]]
    frames: dict[str, tuple[str, ...]]
    rules: dict[str, str]
    synonyms: tuple[str, ...]
    """lines of synonyms.txt"""
    words: tuple[str, ...]
    """for spelling"""
    explained: frozenset[str]
    """words that names, common facts or small talk are about"""
    vocabulary: tuple[str, ...]
    """every plain word that occurs in the tables"""
    names: tuple[str, ...] = field(repr=False)


def load() -> Facts:
    """Reads every table of tables/."""
    troubles = _toml("troubles")["trouble"]
    named = _all_named()
    lists = _toml("lists")
    countries = tuple(Country(*row) for row in _rows() if not row[0].startswith("="))
    return Facts(
        named=tuple(named),
        codes=tuple(_code(entry) for entry in _toml("codes")["code"]),
        troubles=tuple(Asked(tuple(e["say"]), (e["answer"],)) for e in troubles),
        singles=tuple(a for e in troubles for a in _asked(e)),
        about=tuple(Asked(tuple(e["q"]), (e["a"],)) for e in _toml("bob")["about"]),
        talk=tuple(Asked(tuple(e["q"]), tuple(e["a"])) for e in _toml("talk")["talk"]),
        common=tuple(Asked(tuple(e["q"]), (e["a"],)) for e in _toml("questions")["fact"]),
        countries=countries,
        aliases=tuple((row[0][2:], row[1]) for row in _rows() if row[0].startswith("=")),
        tables=tuple(_table(e) for n in ("world", "small") for e in _toml(f"tables_{n}")["table"]),
        lists=(
            *(Listing(tuple(e["of"]), items=tuple(e["items"])) for e in lists["list"]),
            *(Listing(tuple(e["of"]), whole=e["answer"]) for e in lists["whole"]),
        ),
        people=tuple(_lines("people.txt")),
        unknown={key: tuple(value) for key, value in _toml("unknown").items()},
        frames={
            key: tuple(value)
            for name in ("frames", "frames_skills", "frames_world")
            for key, value in _toml(name).items()
        },
        rules=_toml("rules") | {"country": f"[{'|'.join(c.name for c in countries)}]"},
        explained=_explained(named),
        synonyms=tuple(_lines("synonyms.txt")),
        vocabulary=_vocabulary(),
        words=tuple(dict.fromkeys(" ".join(_lines("words.txt")).split())),
        names=tuple(dict.fromkeys(" ".join(_lines("names.txt")).split())),
    )


def _all_named() -> list[Fact]:
    named = [fact for name in FLAG_FILES for fact in map(_flag, _toml(name)["flag"])]
    named += [_named("command", entry) for entry in _toml("commands")["command"]]
    named += [_named("key", entry) for entry in _toml("keys")["key"]]
    for name in ("shell", "shell_chats"):
        named += [_named("shell", entry) for entry in _toml(name)["shell"]]
    named += [_named("place", entry) for entry in _toml("places")["place"]]
    named += [_named("word", e | {"about": e["answer"]}) for e in _toml("concepts")["concept"]]
    return named


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _asked(entry: dict[str, Any]) -> tuple[Asked, ...]:
    return tuple(Asked(tuple(ask["q"]), (ask["a"],)) for ask in entry.get("ask", ()))


def _named(kind: str, entry: dict[str, Any]) -> Fact:
    return Fact(
        kind=kind,
        names=tuple(entry["names"]),
        about=entry["about"],
        how=entry.get("how", entry["about"]),
        want=tuple(entry.get("want", ())),
        topic=tuple(entry.get("topic", ())),
        asked=_asked(entry),
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
        want=tuple(entry["want"]) if "want" in entry else (),
        topic=tuple(entry.get("topic", ())),
        asked=_asked(entry),
        default=default,
        example=example,
    )


def _code(entry: dict[str, Any]) -> Code:
    return Code(entry["number"], entry["meaning"], tuple(entry["when"]), tuple(entry["noun"]))


def _table(entry: dict[str, Any]) -> Table:
    return Table(
        name=entry["name"],
        ask=tuple(entry["ask"]),
        answer=entry["answer"],
        rows=tuple((x, y) for x, y in entry["rows"]),
        also=tuple(entry.get("also", ())),
        back=tuple(entry.get("back", ())),
        reply=entry.get("reply", ""),
    )


def _rows() -> list[list[str]]:
    return [line.split("\t") for line in _lines("countries.tsv")]


def _explained(named: list[Fact]) -> frozenset[str]:
    files = [FOLDER / f"{name}.toml" for name in ("questions", "talk", "bob")]
    asked = [path.read_text(encoding="utf-8") for path in files]
    names = [name for fact in named for name in fact.names]
    return frozenset(re.findall("[a-z]+", " ".join([*asked, *names])))


def _vocabulary() -> tuple[str, ...]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())]
    return tuple(sorted(set(re.findall(r"\b[a-z]{4,14}\b", " ".join(texts)))))


def _lines(name: str) -> list[str]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
