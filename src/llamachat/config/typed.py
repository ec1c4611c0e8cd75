"""A typed value of a setting, from a command line or an environment variable, as Python's value.

Spellings follow llama.cpp's where it has some. Knows types; nothing of what the keys mean.
"""

from __future__ import annotations

import math
import tomllib
from typing import Any

from llamachat.config.keys import Key

_SPELLINGS = {
    **dict.fromkeys(("true", "on", "yes", "enabled", "1"), True),
    **dict.fromkeys(("false", "off", "no", "disabled", "0"), False),
}


def parse_value(key: Key, text: str) -> Any:
    """The value that a person typed for a key.

    Raises:
        ValueError: what is expected instead, as a clause after "takes".
    """
    if key.choices and text not in key.choices:
        raise ValueError(f"one of {', '.join(key.choices)}")
    if key.kind is bool:
        return _switch(text)
    if key.kind is int:
        return _whole(text)
    if key.kind is float:
        return _number(text)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("text in UTF-8")
    return _texts(text) if key.kind is tuple else text


def _switch(text: str) -> bool:
    if text.lower() not in _SPELLINGS:
        raise ValueError("true or false")
    return _SPELLINGS[text.lower()]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("a number")
    return number


def _texts(text: str) -> tuple[str, ...]:
    """A list as TOML writes it, or words separated by `;` as llama.cpp does."""
    if not text.lstrip().startswith("["):
        return tuple(word.strip() for word in text.split(";") if word.strip())
    try:
        found = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        found = [None]
    if not all(isinstance(item, str) for item in found):
        raise ValueError('a list of texts, as in ["…", "…"]')
    return tuple(found)
