"""A TOML table that is read key by key, and whose errors say where.

A value of another type than its default, a key that nobody asked for and broken TOML are each one
sentence with file, line and column. Knows nothing of what the keys mean.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from typing import Any, TypeVar

from llamachat.errors import UsageError

_T = TypeVar("_T", bound="str | int | float | bool | tuple[str, ...]")

_PLACE = re.compile(r"(?P<reason>.*) \(at (?P<place>line \d+, column \d+|end of document)\)")
_KINDS: dict[type, str] = {
    str: 'text in quotes, as in "…"',
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: 'a list of texts, as in ["…", "…"]',
}


class TomlTable:
    """One table of a file; `source` is how messages call the file."""

    def __init__(self, values: dict[str, Any], text: str, source: str, name: str = "") -> None:
        self._values = values
        self._text = text
        self._source = source
        self._name = name
        self._asked: set[str] = set()

    @classmethod
    def parse(cls, text: str, source: str) -> TomlTable:
        """The top table of a file.

        Raises:
            UsageError: the text is not TOML.
        """
        try:
            return cls(tomllib.loads(text), text, source)
        except tomllib.TOMLDecodeError as error:
            found = _PLACE.fullmatch(str(error))
            reason, place = found.group("reason", "place") if found else (str(error), "")
            raise _error(source, place, f"this is not TOML: {reason}", "") from None
        except RecursionError:
            raise _error(source, "", "this is nested too deeply", "") from None

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def names(self) -> list[str]:
        """The keys that are written."""
        return list(self._values)

    def get(self, key: str, default: _T) -> _T:
        """The value, of its default's type; the default where the key is missing."""
        self._asked.add(key)
        value: Any = self._values.get(key, default)
        kind = type(default)
        if kind is float and type(value) is int:
            value = float(value)
        if kind is tuple and isinstance(value, list):
            value = tuple(value)
        if type(value) is not kind or not _is_sound(value):
            raise self.error(key, f"{key} must be {_KINDS[kind]}")
        return value

    def holds_table(self, key: str) -> bool:
        return isinstance(self._values.get(key), dict)

    def table(self, key: str) -> TomlTable:
        """The table under a key; empty where it is missing."""
        self._asked.add(key)
        return self._below(key, self._values.get(key, {}))

    def tables(self, key: str) -> list[TomlTable]:
        """The tables of `[[key]]`, in order."""
        self._asked.add(key)
        values = self._values.get(key, [])
        if not isinstance(values, list):
            raise self.error(key, f"{key} must be written as [[{key}]]")
        return [self._below(key, value) for value in values]

    def refuse_others(self) -> None:
        """Raises UsageError for the first key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                known = sorted(self._asked)
                alike = [name for name in known if key.startswith(name) or name.startswith(key)]
                nearest = alike or difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                choice = f"Known here: {', '.join(known)}."
                hint = f"Did you mean {nearest[0]}?" if nearest else choice
                where = f" in [{self._name}]" if self._name else ""
                raise self.error(key, f"there is no key {key!r}{where}", hint)

    def error(self, key: str, sentence: str, hint: str = "") -> UsageError:
        """An error about a key of this table, with its place."""
        return _error(self._source, self._place(key), sentence, hint)

    def _below(self, key: str, value: object) -> TomlTable:
        if not isinstance(value, dict):
            raise self.error(key, f"{key} must be a table, written as [{key}]")
        name = f"{self._name}.{key}" if self._name else key
        return TomlTable(value, self._text, self._source, name)

    def _place(self, key: str) -> str:
        """Of the key; of its table where that is written in one line."""
        above, _, name = self._name.rpartition(".")
        return _find(self._text, self._name, key) or _find(self._text, above, name)


def _find(text: str, table: str, key: str) -> str:
    """Where a key, or the table of that name, is written; empty where it is not in sight."""
    current, full = "", f"{table}.{key}" if table else key
    assignment = re.compile(rf"""(\s*)["']?{re.escape(key)}["']?\s*[.=]""")
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"(\s*)\[\[?\s*([\w.\"'-]+)\s*\]", line)
        current = header[2] if header else current
        found = assignment.match(line) if current == table else None
        if found or (header and current == full):
            indent = line[: len(line) - len(line.lstrip())]
            return f"line {number}, column {len(indent) + 1}"
    return ""


def _is_sound(value: Any) -> bool:
    """No list of anything but texts, no infinite number."""
    if isinstance(value, tuple):
        return all(isinstance(item, str) for item in value)
    return not isinstance(value, float) or math.isfinite(value)


def _error(source: str, place: str, sentence: str, hint: str) -> UsageError:
    return UsageError(f"{source}{', ' + place if place else ''}: {sentence}.", hint)
