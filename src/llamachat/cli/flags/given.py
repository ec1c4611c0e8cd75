"""What was given on the command line, read back with types.

Holds values by `Flag.key`; a flag that was not given is absent, so that defaults can come from
elsewhere. Knows no particular flag.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")
Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True)
class Given:
    """The values of the flags that were given; those of a repeatable flag are a tuple."""

    values: dict[str, object]
    standing: frozenset[str] = frozenset()
    """of them: those that come from the settings, not from this command line"""

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def stands(self, key: str) -> bool:
        """Whether the value comes from the settings."""
        return key in self.standing

    def without(self, *keys: str) -> Given:
        """As if these had not been given."""
        kept = {key: value for key, value in self.values.items() if key not in keys}
        return Given(kept, self.standing - set(keys))

    def text(self, key: str) -> str | None:
        return self._one(key, str)

    def whole(self, key: str) -> int | None:
        return self._one(key, int)

    def switch(self, key: str) -> bool | None:
        """None where neither the flag nor its opposite was given."""
        return self._one(key, bool)

    def on(self, *keys: str) -> bool:
        """Whether one of these switches is on."""
        return any(self.switch(key) for key in keys)

    def many(self, key: str, kind: type[T]) -> tuple[T, ...]:
        found = self.values.get(key, ())
        assert isinstance(found, tuple)
        assert all(isinstance(item, kind) for item in found)
        return found

    def onto(self, settings: Settings) -> Settings:
        """The dataclass with those of its fields replaced that were given by the same name."""
        assert is_dataclass(settings) and not isinstance(settings, type)
        names = {field.name for field in fields(settings)} & self.values.keys()
        changes: dict[str, Any] = {name: self.values[name] for name in names}
        changed: Settings = replace(settings, **changes)
        return changed

    def _one(self, key: str, kind: type[T]) -> T | None:
        found = self.values.get(key)
        assert found is None or isinstance(found, kind), key
        return found
