"""Where in a TOML text each key and value stands, for errors that say line and column.

The standard library reads TOML but keeps no places. This walks a text that it has accepted, so it
only has to find its way, not to judge. Knows nothing of what the keys mean.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""keys, and numbers of elements in arrays: ("greeting", 1, "user")"""

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\])*"|' + r"'[^']*'", re.DOTALL
)
_BARE = re.compile(r"[^,\]}\n#]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets in the text."""

    key: int
    value: int
    end: int
    """behind the value"""


def find_places(text: str) -> dict[Path, Place]:
    """The place of every key, table and element of a sound TOML text."""
    return _Walk(text).places


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both count from 1; a column counts characters."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._rows: Counter[Path] = Counter()
        self.places: dict[Path, Place] = {}
        table: Path = ()
        while self._skip() < len(text):
            if text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self) -> int:
        """Over white space, new lines and comments."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _header(self) -> Path:
        start = self._at
        row = self._text.startswith("[[", start)
        self._at += 2 if row else 1
        path: Path = ()
        for key in self._keys():
            path = (*self._latest(path), key)
        self._at += 2 if row else 1
        if row:
            self._rows[path] += 1
        here = Place(start, start, self._at)
        for length in range(1, len(path) + 1):
            self.places.setdefault(path[:length], here)
        path = self._latest(path)
        self.places[path] = here
        return path

    def _latest(self, path: Path) -> Path:
        """The last table of an array of tables; another path is itself."""
        return (*path, self._rows[path] - 1) if self._rows[path] else path

    def _keys(self) -> list[str]:
        """A dotted key."""
        keys: list[str] = []
        while found := _KEY.match(self._text, self._at):
            self._at = found.end()
            quoted = found[1][0] in "\"'"
            keys += tomllib.loads(f"{found[1]} = 0") if quoted else [found[1]]
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        return keys

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._keys())
        self._at += 1  # the =
        self._value(path, start)
        for length in range(len(table) + 1, len(path)):
            self.places.setdefault(path[:length], self.places[path])

    def _value(self, path: Path, key: int) -> None:
        value = self._skip()
        text = self._text
        if text.startswith("[", value):
            self._elements(path)
        elif text.startswith("{", value):
            self._at += 1
            while text[self._skip()] != "}":
                self._pair(path)
                self._over_comma()
            self._at += 1
        else:
            found = _STRING.match(text, value) or _BARE.match(text, value)
            self._at = found.end() if found else value
        self.places[path] = Place(key, value, self._at)

    def _elements(self, path: Path) -> None:
        self._at += 1
        number = 0
        while self._text[self._skip()] != "]":
            self._value((*path, number), self._at)
            self._over_comma()
            number += 1
        self._at += 1

    def _over_comma(self) -> None:
        if self._text[self._skip()] == ",":
            self._at += 1
