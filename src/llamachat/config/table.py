"""A TOML table that is read key by key, and whose errors say where.

A value of another type than its default, a key that nobody asked for and broken TOML are each one
sentence with file, line and column. Knows nothing of what the keys mean.
"""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterator
from typing import Any, TypeVar

from llamachat.config.places import Path, Place, find_places, line_and_column
from llamachat.errors import UsageError

_T = TypeVar("_T", bound="str | int | float | bool | tuple[str, ...]")

_EXACT = 1 << 53
"""whole numbers below it are floats without loss"""
_PLACE = re.compile(
    r"(?P<reason>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"
)
_KINDS: dict[type, str] = {
    str: 'text in quotes, as in "…"',
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: 'a list of texts, as in ["…", "…"]',
}


class TomlFault(UsageError):
    """Something wrong in a TOML file, and where; line and column count from 1, 0 = unknown."""

    def __init__(
        self, source: str, sentence: str, hint: str = "", *, line: int = 0, column: int = 0
    ) -> None:
        place = f", line {line}, column {column}" if line else ""
        super().__init__(f"{source}{place}: {sentence}.", hint)
        self.sentence = sentence
        self.line = line
        self.column = column


class TomlTable:
    """One table of a file; `source` is how messages call the file."""

    def __init__(
        self,
        values: dict[str, Any],
        text: str,
        source: str,
        path: Path = (),
        places: dict[Path, Place] | None = None,
    ) -> None:
        self._values = values
        self._text = text
        self._source = source
        self._path = path
        self._places = find_places(text) if places is None else places
        self._asked: set[str] = set()

    @classmethod
    def parse(cls, text: str, source: str) -> TomlTable:
        """The top table of a file.

        Raises:
            TomlFault: the text is not TOML.
        """
        try:
            return cls(tomllib.loads(text), text, source)
        except tomllib.TOMLDecodeError as error:
            raise _not_toml(str(error), text, source) from None
        except ValueError:  # Python reads no number of more than 4300 digits
            raise TomlFault(source, "a number has thousands of digits") from None
        except RecursionError:
            raise TomlFault(source, "this is nested too deeply") from None

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
        if kind is float and type(value) is int and abs(value) < _EXACT:
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
        return [self._below(key, value, number) for number, value in enumerate(values)]

    def refuse_others(self) -> None:
        """Raises TomlFault for the first key that nobody asked for."""
        for fault in self.strangers():
            raise fault

    def strangers(self) -> Iterator[TomlFault]:
        """One fault for each key that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                known = sorted(self._asked)
                alike = [name for name in known if key.startswith(name) or name.startswith(key)]
                nearest = alike or difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                choice = f"Known here: {', '.join(known)}."
                hint = f"Did you mean {nearest[0]}?" if nearest else choice
                name = ".".join(part for part in self._path if isinstance(part, str))
                where = f" in [{name}]" if name else ""
                yield self.error(key, f"there is no key {key!r}{where}", hint)

    def error(self, key: str, sentence: str, hint: str = "", *, at: str = "") -> TomlFault:
        """An error about a key of this table (empty: about the table), with its place.

        Args:
            at: characters of the value that are at fault, as they are written.
        """
        line, column = self.where(key, at=at)
        return TomlFault(self._source, sentence, hint, line=line, column=column)

    def where(self, key: str = "", *, at: str = "") -> tuple[int, int]:
        """Line and column of a key, or of what is written nearest above it; 0 where unknown."""
        path = (*self._path, key) if key else self._path
        while path and path not in self._places:
            path = path[:-1]
        if path not in self._places:
            return 0, 0
        place = self._places[path]
        inside = self._text.find(at, place.value, place.end) if at else -1
        return line_and_column(self._text, inside if inside >= 0 else place.key)

    def _below(self, key: str, value: object, *number: int) -> TomlTable:
        if not isinstance(value, dict):
            raise self.error(key, f"{key} must be a table, written as [{key}]")
        path = (*self._path, key, *number)
        return TomlTable(value, self._text, self._source, path, self._places)


def _not_toml(reason: str, text: str, source: str) -> TomlFault:
    """tomllib says where in its sentence."""
    found = _PLACE.fullmatch(reason)
    if not found:
        return TomlFault(source, f"this is not TOML: {reason}")
    line, column = line_and_column(text, len(text))
    if found["line"]:
        line, column = int(found["line"]), int(found["column"])
    at_end = "" if found["line"] else " at the end of the file"
    sentence = f"this is not TOML: {found['reason']}{at_end}"
    return TomlFault(source, sentence, line=line, column=column)


def _is_sound(value: Any) -> bool:
    """No list of anything but texts, no infinite number."""
    if isinstance(value, tuple):
        return all(isinstance(item, str) for item in value)
    return not isinstance(value, float) or math.isfinite(value)
