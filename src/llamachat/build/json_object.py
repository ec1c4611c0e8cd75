"""Reads a JSON object of a few kilobytes (config.json, params.json) field by field, distrustfully.

Every field is asked for with the type and the range it must have; an error names file and field.
Does not know which fields there are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamachat.build.mapped_file import damaged, shown, unreadable
from llamachat.errors import ModelError

MAX_JSON = 64 << 20
"""bytes: the largest index of a model lists 200,000 tensors in 20 MB"""


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object of a file; a field that is null counts as absent."""

    path: Path
    fields: Mapping[str, Any]
    within: str = ""
    """where it lies in the file: "rope_scaling." """

    def has(self, key: str) -> bool:
        return self.fields.get(key) is not None

    def integer(self, key: str, default: int | None = None, *, most: int = 1 << 31) -> int:
        """A number from 1 to `most`."""
        value = self._value(key, default)
        if type(value) is not int or not 1 <= value <= most:
            raise self._wrong(key, value, f"a whole number from 1 to {most:,}")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number above 0, finite as f32 too."""
        value = self._value(key, default)
        if type(value) not in (int, float) or not 0 < value < 3e38 or not math.isfinite(value):
            raise self._wrong(key, value, "a number above 0")
        return float(value)

    def maybe_number(self, key: str) -> float | None:
        """A number, or None where there is none; 0 and less are numbers too."""
        value = self.fields.get(key)
        if value is None:
            return None
        if type(value) not in (int, float) or not abs(value) < 3e38:
            raise self._wrong(key, value, "a number")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self._value(key, default)
        if type(value) is not bool:
            raise self._wrong(key, value, "true or false")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = self._value(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, value, "a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        value = self.fields.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, value, "a list of texts")
        return tuple(value)

    def inner(self, key: str) -> JsonObject:
        """An object inside, empty where there is none."""
        value = self.fields.get(key)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(key, value, "an object")
        return JsonObject(self.path, value or {}, f"{self.within}{key}.")

    def _value(self, key: str, default: object) -> Any:
        value = self.fields.get(key)
        value = default if value is None else value
        if value is None:
            raise ModelError(
                f"{self.path} does not say {self.within}{key}.",
                "Get it again from where the model came from.",
            )
        return value

    def _wrong(self, key: str, value: object, wanted: str) -> ModelError:
        return ModelError(
            f"{self.path} says {shown(str(value))} for {self.within}{key}, which should be "
            f"{wanted}.",
            "Get it again from where the model came from.",
        )


def read_json(path: Path) -> JsonObject:
    """The object that a file holds.

    Raises:
        ModelError: it is missing, unreadable, too long or no JSON object.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_JSON + 1)
    except FileNotFoundError:
        raise ModelError(f"There is no file {path}.", "Get all files of the model.") from None
    except OSError as error:
        raise unreadable(path, error) from error
    if len(data) > MAX_JSON:
        raise damaged(path, f"it has more than {MAX_JSON:,} bytes")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise damaged(path, "it is not JSON") from None
    if not isinstance(value, dict):
        raise damaged(path, "it is not a JSON object")
    return JsonObject(path, value)
