"""How one request for a file's bytes goes wrong. Knows nothing of sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cut:
    """The line drops after so many bytes of the body."""

    after: int


@dataclass(frozen=True, slots=True)
class Stall:
    """After so many bytes nothing more comes, for as long as the client waits."""

    after: int


@dataclass(frozen=True, slots=True)
class Status:
    """An error instead of bytes."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"no"
    at: str = "cdn"
    """"cdn", or "hub" where the hub itself says so, before any redirect"""


@dataclass(frozen=True, slots=True)
class Page:
    """A web page instead of the file, as a hotel's network sends it."""

    body: bytes = b"<!DOCTYPE html><html><body>Please sign in to the network.</body></html>"


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another content under the same name, ranges included."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Garbled:
    """One bit of this byte is flipped on the way."""

    at: int


@dataclass(frozen=True, slots=True)
class NoRanges:
    """The Range header is ignored: the whole file comes."""


@dataclass(frozen=True, slots=True)
class OtherEtag:
    """The same bytes from another machine, which names them differently."""

    etag: str = '"another-machine"'


@dataclass(frozen=True, slots=True)
class Unsized:
    """Chunked, without a length; `after` cuts it so that it seems complete."""

    after: int | None = None


Fault = Cut | Stall | Status | Page | Replaced | Garbled | NoRanges | OtherEtag | Unsized
