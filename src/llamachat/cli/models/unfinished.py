"""What interrupted transfers left, by the names that `models rm` takes for it.

A file of the hub is recognised by its checksum. Knows no terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from llamachat.models.catalog import by_sha256
from llamachat.models.fetch.leftovers import Leftover, leftovers
from llamachat.models.hub import Hub


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The beginning of a file, and what it is called."""

    name: str
    """what one types to throw it away"""
    names: frozenset[str]
    """all that it is called, in small letters"""
    leftover: Leftover

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        left = self.leftover
        since = datetime.fromtimestamp(left.modified, UTC).isoformat(timespec="seconds")
        return {"path": str(left.path), "size": left.size, "modified": since}


def unfinished() -> list[Unfinished]:
    """All of them, the latest first."""
    return [_named(leftover) for leftover in leftovers(Hub.from_environment().cache)]


def unfinished_named(name: str) -> list[Unfinished]:
    """Those that are meant by a name of the catalogue, a repository or what the list calls them."""
    wanted = name.casefold()
    return [one for one in unfinished() if wanted in one.names]


def _named(leftover: Leftover) -> Unfinished:
    entry = by_sha256(leftover.blob)
    name = entry.name if entry else leftover.source
    repository = "/".join(leftover.source.removeprefix("hf:").split("/")[:2])
    names = {name, leftover.source, repository, f"hf:{repository}"}
    if entry:
        names.add(entry.family)
    return Unfinished(name, frozenset(one.casefold() for one in names), leftover)
