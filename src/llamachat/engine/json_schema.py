"""JSON schemas before a grammar is made of them: their parts, patterns and bounds.

llama.cpp's converter reads a pattern piece by piece; at a bracket that closes nothing it stays for
ever, deaf to a cancel. Knows nothing of grammars.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
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


def bounds_of(schema: Mapping[str, object]) -> tuple[int | None, int | None]:
    """The least and the largest whole number that a schema allows; None where it does not say.

    Raises:
        ValueError: a bound is no number.
    """
    least, most = _number(schema, "minimum"), _number(schema, "maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    lows = [] if least is None else [math.ceil(least)]
    highs = [] if most is None else [math.floor(most)]
    if (beyond := least if above is True else _number(schema, "exclusiveMinimum")) is not None:
        lows.append(math.floor(beyond) + 1)
    if (beyond := most if below is True else _number(schema, "exclusiveMaximum")) is not None:
        highs.append(math.ceil(beyond) - 1)
    return max(lows, default=None), min(highs, default=None)


def _number(schema: Mapping[str, object], name: str) -> int | float | None:
    found = schema.get(name)
    if found is None or isinstance(found, bool):  # an older draft's switch
        return None
    if isinstance(found, int) or (isinstance(found, float) and math.isfinite(found)):
        return found
    raise ValueError(f"{name} is no number")
