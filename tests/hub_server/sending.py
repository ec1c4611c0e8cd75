"""What is sent for one request of a file's bytes: ranges, conditions and the fault, worked out.

Knows nothing of sockets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tests.hub_server.faults import (
    Cut,
    Fault,
    Garbled,
    NoRanges,
    OtherEtag,
    Page,
    Replaced,
    Stall,
    Status,
    Unsized,
)
from tests.hub_server.repository import Stored


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    """what goes out, which may be less than the headers promise"""
    then: Literal["go on", "close", "stall"] = "go on"
    chunked: bool = False


def reply_with(
    stored: Stored, asked: dict[str, str], fault: Fault | None, headers: dict[str, str]
) -> Reply:
    """The answer to a request with these headers."""
    if isinstance(fault, Status):
        return _whole(fault.code, dict(fault.headers), fault.body)
    if isinstance(fault, Page):
        return _whole(200, {"Content-Type": "text/html; charset=utf-8"}, fault.body)
    data = _data(stored, fault)
    etag = headers.get("ETag", f'"cdn-{stored.sha256[:16]}"')
    if isinstance(fault, OtherEtag):
        etag = fault.etag
    if isinstance(fault, Replaced):
        etag = f'"replaced-{len(data)}"'
    found = headers | {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Type": "binary/octet-stream",
    }
    start = 0 if isinstance(fault, NoRanges | Unsized) else _start(asked, etag)
    if start >= len(data) > 0:
        return _whole(416, {"Content-Range": f"bytes */{len(data)}"}, b"")
    if start:
        found["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
    return _cut(206 if start else 200, found, data[start:], fault)


def _data(stored: Stored, fault: Fault | None) -> bytes:
    if isinstance(fault, Replaced):
        return fault.data
    if isinstance(fault, Garbled):
        found = bytearray(stored.data)
        found[fault.at] ^= 1
        return bytes(found)
    return stored.data


def _start(asked: dict[str, str], etag: str) -> int:
    """Where the answer begins: 0 unless a range is asked for and its condition holds."""
    lower = {name.lower(): value for name, value in asked.items()}
    match = re.fullmatch(r"bytes=(\d+)-", lower.get("range", ""))
    condition = lower.get("if-range")
    if match is None or (condition is not None and condition != etag):
        return 0
    return int(match.group(1))


def _cut(status: int, headers: dict[str, str], body: bytes, fault: Fault | None) -> Reply:
    if isinstance(fault, Unsized):
        headers["Transfer-Encoding"] = "chunked"
        return Reply(status, headers, body[: fault.after], "close", chunked=True)
    headers["Content-Length"] = str(len(body))
    if isinstance(fault, Cut):
        return Reply(status, headers, body[: fault.after], "close")
    if isinstance(fault, Stall):
        return Reply(status, headers, body[: fault.after], "stall")
    return Reply(status, headers, body)


def _whole(status: int, headers: dict[str, str], body: bytes) -> Reply:
    return Reply(status, headers | {"Content-Length": str(len(body))}, body)
