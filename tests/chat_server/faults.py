"""How one request goes wrong. Knows nothing of sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Status:
    """A refusal in place of an answer."""

    code: int
    message: str = "no"
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)
    """of the error object"""


@dataclass(frozen=True, slots=True)
class Cut:
    """The line drops after so many events with text."""

    after: int


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """After so many events with text there is an error in place of the next one."""

    after: int
    message: str = "out of memory"


@dataclass(frozen=True, slots=True)
class BadEvent:
    """After so many events with text comes one that is no JSON."""

    after: int


@dataclass(frozen=True, slots=True)
class HugeLine:
    """After so many events with text comes a line without an end."""

    after: int


@dataclass(frozen=True, slots=True)
class Silence:
    """After so many events with text nothing more comes, for as long as the client waits."""

    after: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """The bytes of the stream come in pieces of this size, characters cut in two."""

    size: int


@dataclass(frozen=True, slots=True)
class Page:
    """A web page in place of an answer."""


Fault = Status | Cut | ErrorEvent | BadEvent | HugeLine | Silence | Pieces | Page
