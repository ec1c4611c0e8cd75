"""JSON schemas that clients send, bounded before a grammar is made of them.

A grammar repeats what a schema counts: `"maxLength": 100000000` alone would fill the memory.
Knows nothing of grammars.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from llamachat.serve.refusal import invalid

MAX_DEPTH = 32
MAX_NODES = 4000
MAX_REPEATS = 1000
"""characters of a string, items of an array or repeats of a pattern that a schema may count"""

_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength"})
_REPEAT = re.compile(r"\{\s*(\d*)\s*,?\s*(\d*)\s*\}")


def checked_schema(schema: object, param: str) -> object:
    """The schema itself.

    Raises:
        Refusal: it is none, or larger than a grammar can be.
    """
    if not isinstance(schema, dict | bool):
        raise invalid(param, f"The schema in {param!r} must be an object.")
    for nodes, (depth, name, value) in enumerate(_walk(schema)):
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise invalid(
                param,
                f"The schema in {param!r} is too large: {MAX_DEPTH} levels and {MAX_NODES} values "
                "are allowed.",
            )
        if name in _COUNTS and isinstance(value, int | float) and not 0 <= value <= MAX_REPEATS:
            raise invalid(param, f"{name} of a schema must be between 0 and {MAX_REPEATS}.")
        if name == "pattern" and isinstance(value, str) and not _is_small(value):
            raise invalid(
                param, f"A pattern may have {MAX_REPEATS} characters, and repeat as often."
            )
    return schema


def _is_small(pattern: str) -> bool:
    """Whether its grammar is: repeats within repeats multiply."""
    if len(pattern) > MAX_REPEATS:
        return False
    counts = [int(digits) for found in _REPEAT.findall(pattern) for digits in found if digits]
    return math.prod(max(count, 1) for count in counts) <= MAX_REPEATS


def _walk(schema: object) -> Iterator[tuple[int, str, object]]:
    """(depth, name, value) of everything in it, without recursion."""
    waiting: list[tuple[int, str, object]] = [(0, "", schema)]
    while waiting:
        depth, name, value = waiting.pop()
        yield depth, name, value
        if isinstance(value, dict):
            waiting += [(depth + 1, str(key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(depth + 1, "", item) for item in value]
