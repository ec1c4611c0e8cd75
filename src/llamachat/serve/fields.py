"""The JSON object of a request, read field by field; what nobody read is refused by name.

A field that is null counts as absent, as OpenAI has it. Knows no particular field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from llamachat.serve.refusal import Refusal, invalid

MOST = (1 << 31) - 1


class Fields:
    """One object; `within` is the path to it.

    Raises (on reading):
        Refusal: the field is of another type, or out of bounds.
    """

    def __init__(self, values: Mapping[str, object], within: str = "") -> None:
        self._values = {name: value for name, value in values.items() if value is not None}
        self._within = within
        self._read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def path(self, name: str) -> str:
        """The field as error messages name it."""
        return f"{self._within}.{name}" if self._within else name

    def raw(self, name: str) -> object:
        """The value as it is; None where it is absent."""
        self._read.add(name)
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        found = self.raw(name)
        if found is None or isinstance(found, str):
            return found
        raise self.refuse(name, "a string")

    def switch(self, name: str) -> bool:
        """False where it is absent."""
        found = self.raw(name)
        if found is None or isinstance(found, bool):
            return bool(found)
        raise self.refuse(name, "true or false")

    def whole(self, name: str, least: int = 0, most: int = MOST) -> int | None:
        found = self.raw(name)
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if found is None or (type(found) is int and least <= found <= most):
            return found
        raise self.refuse(name, f"a whole number from {least} to {most}")

    def number(self, name: str, least: float = -math.inf, most: float = math.inf) -> float | None:
        found = self.raw(name)
        if found is None:
            return None
        if type(found) in (int, float) and least <= found <= most:  # type: ignore[operator]
            return float(found)  # type: ignore[arg-type]
        raise self.refuse(name, f"a number from {least:g} to {most:g}")

    def table(self, name: str) -> Fields | None:
        found = self.raw(name)
        if found is None:
            return None
        if isinstance(found, dict):
            return Fields(found, self.path(name))
        raise self.refuse(name, "an object")

    def items(self, name: str) -> list[object] | None:
        found = self.raw(name)
        if found is None or isinstance(found, list):
            return found
        raise self.refuse(name, "an array")

    def one_of(self, name: str, *choices: str) -> str | None:
        found = self.text(name)
        if found is None or found in choices:
            return found
        raise self.refuse(name, f"one of {', '.join(choices)}")

    def ignore(self, *names: str) -> None:
        """Fields that change nothing here."""
        self._read.update(names)

    def finish(self) -> None:
        """Raises Refusal where a field was given that nobody read."""
        for name in self._values:
            if name not in self._read:
                raise invalid(
                    self.path(name)[:200],
                    f"Unknown parameter: {self.path(name)[:200]!r}.",
                    code="unknown_parameter",
                )

    def refuse(self, name: str, expected: str) -> Refusal:
        """The field is something else."""
        return invalid(self.path(name), f"{self.path(name)!r} must be {expected}.")


def read_object(body: bytes) -> Fields:
    """The fields of a request's body.

    Raises:
        Refusal: it is no JSON object.
    """
    try:
        values = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise invalid(None, f"The body is no JSON: {error}.", code="invalid_json") from None
    if not isinstance(values, dict):
        raise invalid(None, "The body must be a JSON object.", code="invalid_json")
    return Fields(values)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
