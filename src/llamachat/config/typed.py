"""A typed value of a setting, from a command line or an environment variable, as Python's value.

Spellings follow llama.cpp's where it has some. Knows types; nothing of what the keys mean.
"""

from __future__ import annotations

import math
from typing import Any

from llamachat.config.keys import KEYMAP, Key, find_key
from llamachat.errors import UsageError

_SPELLINGS = {
    **dict.fromkeys(("true", "on", "yes", "enabled", "1"), True),
    **dict.fromkeys(("false", "off", "no", "disabled", "0"), False),
}


def read_value(name: str, text: str) -> tuple[str, Any]:
    """The full name of a setting and the value that a person typed for it.

    Raises:
        UsageError: there is no such setting, or it takes something else.
    """
    full, key = find_key(name)
    try:
        return full, key_list(text) if key is KEYMAP else parse_value(key, text)
    except ValueError as expected:
        raise UsageError(f"{full} takes {expected}, not {text!r}.") from None


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
        return _whole(text, key.least)
    if key.kind is float:
        return _number(text)
    if not text:
        raise ValueError("some text")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("text in UTF-8")
    return _texts(text) if key.kind is tuple else text


def key_list(text: str) -> str:
    """Keys separated by commas, as Textual's keymap wants them.

    Raises:
        ValueError: as `parse_value`.
    """
    keys = [part.strip() for part in text.split(",")]
    if not all(keys) or any(" " in key for key in keys):
        raise ValueError('names of keys, as in "escape,ctrl+c"')
    return ",".join(keys)


def _switch(text: str) -> bool:
    if text.lower() not in _SPELLINGS:
        raise ValueError("true or false")
    return _SPELLINGS[text.lower()]


def _whole(text: str, least: int | None) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("a whole number") from None
    if least is not None and number < least:
        raise ValueError(f"a whole number of at least {least}")
    return number


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
    import tomllib  # 6 ms, for a form that few type

    try:
        found = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        found = [None]
    if not all(isinstance(item, str) for item in found):
        raise ValueError('a list of texts, as in ["…", "…"]')
    return tuple(found)
