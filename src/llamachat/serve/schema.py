"""Grammars and JSON schemas that clients send, bounded before llama.cpp reads them.

A grammar repeats what a schema counts, under names made of its keys: `"maxLength": 100000000` alone
would fill the memory. Knows nothing of what they mean.
"""

from __future__ import annotations

import math
import re

from llamachat.engine.json_schema import Part, counts_of, parts_of
from llamachat.serve.refusal import Refusal, invalid

MAX_DEPTH = 32
MAX_NODES = 4000
MAX_REPEATS = 1000
"""characters of a string, items of an array or repeats of a pattern that a schema may count"""
MAX_WORK = 1 << 25
"""characters of a grammar, roughly"""

MAX_NESTED = 1000
"""groups of a grammar within each other, which llama.cpp reads by recursion"""

_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength"})
_NO_GROUPS = re.compile(r'"(?:\\.|[^"\\])*"?|\[(?:\\.|[^\]\\])*\]?|#[^\n]*', re.DOTALL)
"""literals, classes of characters, comments"""
_RULE = 16
"""characters of a rule beside its name"""


def checked_schema(schema: object, param: str) -> object:
    """The schema itself.

    Raises:
        Refusal: it is none, or larger than a grammar can be.
    """
    if not isinstance(schema, dict | bool):
        raise invalid(param, f"The schema in {param!r} must be an object.")
    work = 0
    for number, part in enumerate(parts_of(schema)):
        if part.depth > MAX_DEPTH or number > MAX_NODES:
            raise _too_large(param)
        work += _repeats(part, param) * (part.path + _RULE)
        if work > MAX_WORK:
            raise _too_large(param)
    return schema


def checked_grammar(text: str, param: str) -> str:
    """The grammar itself.

    Raises:
        Refusal: its groups are nested too deeply.
    """
    depth = 0
    for bracket in re.findall(r"[()]", _NO_GROUPS.sub("", text)):
        depth += 1 if bracket == "(" else -1
        if depth > MAX_NESTED:
            raise invalid(param, f"Groups of a grammar may be nested {MAX_NESTED} times.")
    return text


def _repeats(part: Part, param: str) -> int:
    """How often a grammar has what this part counts; repeats within repeats multiply."""
    value = part.value
    if part.name in _COUNTS and isinstance(value, int | float):
        if not 0 <= value <= MAX_REPEATS:
            raise invalid(param, f"{part.name} of a schema must be between 0 and {MAX_REPEATS}.")
        return int(value)
    if part.name != "pattern" or not isinstance(value, str):
        return 1
    if len(value) <= MAX_REPEATS:
        times = math.prod(max(count, 1) for count in counts_of(value))
        if times <= MAX_REPEATS:
            return times * (1 + len(value) // _RULE)
    raise invalid(param, f"A pattern may have {MAX_REPEATS} characters, and repeat as often.")


def _too_large(param: str) -> Refusal:
    return invalid(
        param,
        f"The schema in {param!r} is too large: {MAX_DEPTH} levels and {MAX_NODES} values are "
        "allowed.",
    )
