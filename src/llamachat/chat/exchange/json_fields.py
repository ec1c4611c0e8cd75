"""JSON that nobody has vouched for: read, then taken field by field with the types it must have.

Whatever is wrong becomes one sentence that names the place: "messages[3].role". Knows nothing of
chats.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Never, TypeVar

from llamachat.chat.message import well_formed
from llamachat.errors import UsageError

MAX_WHOLE = 1 << 53
"""beyond it JSON's numbers are not exact everywhere"""

Word = TypeVar("Word", bound=str)


class JsonFields:
    """One object. `where` names it in messages; empty for the outermost one."""

    def __init__(self, values: Mapping[str, Any], where: str = "") -> None:
        self._values = values
        self._where = where

    def __contains__(self, key: str) -> bool:
        """Whether the field is there; null counts as absent."""
        return self._values.get(key) is not None

    def values(self) -> Mapping[str, Any]:
        """All of them as they are, for a caller who checks them; null counts as absent."""
        return {key: value for key, value in self._values.items() if value is not None}

    def text(self, key: str, default: str = "") -> str:
        found = self._values[key] if key in self else default
        if not isinstance(found, str):
            self.fail(key, "must be a text")
        return found

    def whole(self, key: str, default: int, *, least: int = 0, most: int = MAX_WHOLE) -> int:
        found = self.number(key, default)
        if found != int(found) or not least <= found <= most:
            self.fail(key, f"must be a whole number from {least} to {most}")
        return int(found)

    def number(self, key: str, default: float) -> float:
        """A finite number."""
        found = self._values[key] if key in self else default
        if isinstance(found, bool) or not isinstance(found, int | float):
            self.fail(key, "must be a number")
        if not -MAX_WHOLE <= found <= MAX_WHOLE:
            self.fail(key, "is too large a number")
        return found

    def switch(self, key: str) -> bool:
        found = self._values[key] if key in self else False
        if not isinstance(found, bool):
            self.fail(key, "must be true or false")
        return found

    def one_of(self, key: str, words: tuple[Word, ...], default: Word | None = None) -> Word:
        """One of these words; it must be there where no default is given."""
        found = self._values[key] if key in self else default
        if found not in words:
            self.fail(key, f"must be one of {', '.join(words)}")
        return words[words.index(found)]

    def object(self, key: str) -> JsonFields:
        """An object within this one; an empty one where it is absent."""
        return self._object(key, self._values[key] if key in self else {})

    def objects(self, key: str, *, most: int) -> list[JsonFields]:
        rows = self._rows(key, most)
        return [self._object(f"{key}[{place}]", row) for place, row in enumerate(rows)]

    def refuse_others(self, known: Iterable[str]) -> None:
        """Refuse fields that are none of these, naming the nearest one."""
        names = list(known)
        for key in self._values:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names)}."
                self.fail(_short(key), "is not known here", hint)

    def fail(self, key: str, what: str, hint: str = "") -> Never:
        """Refuse a field."""
        raise UsageError(f"{self._path(key)} {what}.", hint)

    def _rows(self, key: str, most: int) -> list[Any]:
        found = self._values[key] if key in self else []
        if not isinstance(found, list):
            self.fail(key, "must be a list")
        if len(found) > most:
            self.fail(key, f"has {len(found)} entries: more than {most} are not read")
        return found

    def _object(self, key: str, found: Any) -> JsonFields:
        if not isinstance(found, dict):
            self.fail(key, "must be an object")
        return JsonFields(found, self._path(key))

    def _path(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key


def read_json(text: str) -> Any:
    """The value of a JSON text; lone surrogates in it are replaced, so that it can be stored.

    Raises:
        UsageError: it is no JSON; line and column are told.
    """
    try:
        return _storable(json.loads(text, parse_constant=_refuse_constant))
    except json.JSONDecodeError as error:
        raise UsageError(
            f"This is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from None
    except ValueError as error:
        raise UsageError(f"This is not JSON: {error}.") from None
    except RecursionError:
        raise UsageError("This JSON is nested too deeply.") from None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return list(map(_storable, value))
    if isinstance(value, dict):
        return {well_formed(key): _storable(item) for key, item in value.items()}
    return value


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not a number")


def _short(key: str) -> str:
    return key if len(key) <= 40 else f"{key[:39]}…"
