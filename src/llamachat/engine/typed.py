"""Builds frozen dataclasses from JSON values: unknown keys and wrong types are refused by name.

A request may be typed by hand, and a "8" where 8 is meant must not become an answer without end.
Knows annotations, not what they are for.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from llamachat.errors import UsageError

T = TypeVar("T")


def build(kind: type[T], values: object, noun: str) -> T:
    """An instance of the dataclass `kind`; `noun` names one of its fields in messages.

    Raises:
        UsageError: a key is unknown or missing, or a value is of another type.
    """
    if not isinstance(values, Mapping):
        raise UsageError(f"A group of {noun}s is a JSON object.")
    hashable: Any = kind
    hints = _hints(hashable)
    for key in values:
        if key not in hints:
            raise UsageError(f"Unknown {noun} {key!r}.", f"Known: {', '.join(sorted(hints))}.")
    converted = {key: _convert(hints[key], value, key, noun) for key, value in values.items()}
    try:
        return kind(**converted)
    except TypeError:
        raise UsageError(f"A {noun} is missing.", f"Known: {', '.join(sorted(hints))}.") from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """Types of the fields; reading annotations takes 0.1 ms, so it is done once."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _convert(wanted: Any, value: object, key: str, noun: str) -> Any:
    """`value` as the annotation wants it: lists become tuples, strings paths."""
    origin = get_origin(wanted)
    if origin is tuple and isinstance(value, list | tuple):
        return _tuple(get_args(wanted), value, key, noun)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(wanted) if option is not type(None)]
        return None if value is None else _convert(options[0], value, key, noun)
    if origin is Literal and value in get_args(wanted):
        return value
    if isinstance(wanted, type) and is_dataclass(wanted):
        return build(wanted, value, noun)
    if wanted is Path and isinstance(value, str):
        return Path(value)
    if wanted is float and type(value) is int:
        return float(value)
    if isinstance(wanted, type) and type(value) is wanted:
        return value
    raise UsageError(f"The {noun} {key!r} cannot be {value!r}.")


def _tuple(items: tuple[Any, ...], value: list[Any] | tuple[Any, ...], key: str, noun: str) -> Any:
    if len(items) == 2 and items[1] is Ellipsis:
        return tuple(_convert(items[0], item, key, noun) for item in value)
    if len(items) != len(value):
        raise UsageError(f"The {noun} {key!r} cannot be {value!r}.")
    return tuple(
        _convert(wanted, item, key, noun) for wanted, item in zip(items, value, strict=True)
    )
