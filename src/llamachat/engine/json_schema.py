"""JSON schemas before a grammar is made of them: their parts, and the patterns in them.

llama.cpp's converter reads a pattern piece by piece; at a bracket that closes nothing it stays for
ever, deaf to a cancel. Knows nothing of grammars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NO_STRUCTURE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]?", re.DOTALL)
"""an escaped character, or a class of them; no input makes this one go back"""
_BRACES = re.compile(r"\{([^}]*)\}?")


@dataclass(frozen=True, slots=True)
class Part:
    """A value somewhere in a schema."""

    name: str
    """its key; empty in a list"""
    value: object
    depth: int = 0
    path: int = 0
    """characters of the keys above it, of which names of rules are made"""


def parts_of(schema: object) -> Iterator[Part]:
    """Everything in it, itself first, without recursion."""
    waiting = [Part("", schema)]
    while waiting:
        part = waiting.pop()
        yield part
        value, depth, path = part.value, part.depth + 1, part.path
        if isinstance(value, dict):
            keyed = ((str(key), item) for key, item in value.items())
            waiting += [Part(key, item, depth, path + len(key)) for key, item in keyed]
        elif isinstance(value, list):
            waiting += [Part("", item, depth, path) for item in value]


def counts_of(pattern: str) -> list[int]:
    """The numbers in its braces, however they are written: `int` takes 1_000 and +1000 too."""
    inside = _BRACES.findall(_NO_STRUCTURE.sub(" ", pattern))
    return [int(digits) for text in inside for digits in re.findall(r"\d+", text.replace("_", ""))]


def refuse_loose_brackets(schema: object) -> None:
    """Raises ValueError where a pattern would keep the converter for ever."""
    for part in parts_of(schema):
        if part.name == "pattern" and isinstance(part.value, str):
            bare = _BRACES.sub(" ", _NO_STRUCTURE.sub(" ", part.value))
            if "]" in bare or "}" in bare:
                raise ValueError(f"a bracket closes nothing in the pattern {part.value[:80]!r}")
