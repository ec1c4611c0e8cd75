"""A small JSON object in a file of ours: written whole or not at all, read without trusting it.

Paths that are no UTF-8 keep their bytes as lone surrogates. Does not know what the object means.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from llamachat.errors import LlamaChatError

MAX_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Values by name, each checked for its type when it is asked for."""

    where: Path
    what: str
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        return str(self._get(name, str))

    def integer(self, name: str) -> int:
        return int(self._get(name, int))

    def mapping(self, name: str) -> dict[str, Any]:
        return dict(self._get(name, dict))

    def texts(self, name: str) -> tuple[str, ...]:
        items = self._get(name, list)
        if not all(isinstance(item, str) for item in items):
            raise self._damaged(name)
        return tuple(items)

    def text_map(self, name: str) -> dict[str, str]:
        items = self.mapping(name)
        if not all(isinstance(item, str) for item in items.values()):
            raise self._damaged(name)
        return items

    def _get(self, name: str, kind: type) -> Any:
        value = self.values.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._damaged(name)
        return value

    def _damaged(self, name: str) -> LlamaChatError:
        return damaged(self.where, self.what, f"{name} is missing or of another type")


def damaged(where: Path, what: str, why: str) -> LlamaChatError:
    return LlamaChatError(
        f"The {what} {where} is damaged: {why}.", f"Remove it: rm {quote(str(where))}"
    )


def read_object(where: Path, *, what: str, newest: int) -> StoredObject:
    """The object in the file `where`, of a format not newer than `newest`.

    Raises:
        LlamaChatError: it cannot be read, is damaged or newer; `what` names it.
    """
    try:
        with where.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LlamaChatError(
            f"The {what} {where} cannot be read: {error.strerror or error}."
        ) from error
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("it is too long")
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise damaged(where, what, f"it is no JSON ({type(error).__name__})") from None
    if not isinstance(values, dict):
        raise damaged(where, what, "it is no JSON object")
    stored = StoredObject(where, what, values)
    if stored.integer("format") > newest:
        raise LlamaChatError(
            f"The {what} {where} was written by a newer llamachat.", "Update llamachat."
        )
    return stored


def write_object(where: Path, values: Mapping[str, Any]) -> None:
    """Replace the file `where` as a whole; on return it is on the disk.

    Raises:
        LlamaChatError: the disk is full or refuses.
    """
    partial = where.with_name(f".{where.name}.{os.urandom(4).hex()}.part")
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("x", encoding="ascii") as file:
                json.dump(values, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(where)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise LlamaChatError(
            f"{where} cannot be written: {error.strerror or error}.",
            "Free some space, or check who may write there.",
        ) from error
