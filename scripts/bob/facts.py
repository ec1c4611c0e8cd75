"""The tables in tables/, read into values: the one place where what Bob knows can be corrected.

What has a name comes from `entries`. Knows nothing of how questions are worded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from scripts.bob.entries import FOLDER, Asked, Fact, all_named, asked, situations, toml


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
    situations: tuple[Asked, ...]
    """the same, where the answer is that of a flag, a command or a key"""
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
    troubles = toml("troubles")["trouble"]
    named = all_named()
    lists = toml("lists")
    countries = tuple(Country(*row) for row in _rows() if not row[0].startswith("="))
    return Facts(
        named=tuple(named),
        codes=tuple(_code(entry) for entry in toml("codes")["code"]),
        troubles=tuple(Asked(tuple(e["say"]), (e["answer"],)) for e in troubles),
        situations=situations(named),
        singles=tuple(a for e in troubles for a in asked(e)),
        about=tuple(Asked(tuple(e["q"]), (e["a"],)) for e in toml("bob")["about"]),
        talk=tuple(Asked(tuple(e["q"]), tuple(e["a"])) for e in toml("talk")["talk"]),
        common=tuple(Asked(tuple(e["q"]), (e["a"],)) for e in toml("questions")["fact"]),
        countries=countries,
        aliases=tuple((row[0][2:], row[1]) for row in _rows() if row[0].startswith("=")),
        tables=tuple(_table(e) for n in ("world", "small") for e in toml(f"tables_{n}")["table"]),
        lists=(
            *(Listing(tuple(e["of"]), items=tuple(e["items"])) for e in lists["list"]),
            *(Listing(tuple(e["of"]), whole=e["answer"]) for e in lists["whole"]),
        ),
        people=tuple(_lines("people.txt")),
        unknown={key: tuple(value) for key, value in toml("unknown").items()},
        frames={
            key: tuple(value)
            for name in ("frames", "frames_skills", "frames_world")
            for key, value in toml(name).items()
        },
        rules=toml("rules") | {"country": f"[{'|'.join(c.name for c in countries)}]"},
        explained=_explained(named),
        synonyms=tuple(_lines("synonyms.txt")),
        vocabulary=_vocabulary(),
        words=tuple(dict.fromkeys(" ".join(_lines("words.txt")).split())),
        names=tuple(dict.fromkeys(" ".join(_lines("names.txt")).split())),
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
    texts = [path.read_text(encoding="utf-8") for path in files]
    names = [name for fact in named for name in fact.names]
    return frozenset(re.findall("[a-z]+", " ".join([*texts, *names])))


def _vocabulary() -> tuple[str, ...]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())]
    return tuple(sorted(set(re.findall(r"\b[a-z]{4,14}\b", " ".join(texts)))))


def _lines(name: str) -> list[str]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
