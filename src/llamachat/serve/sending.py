"""Bytes on the wire: JSON objects, refusals, and server-sent events.

JSON is ASCII only, so that no text of a client or a model can make it fail. Knows no endpoint.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from llamachat.serve.refusal import Refusal

DONE = b"data: [DONE]\n\n"


class Json(Response):
    """One JSON object."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode()


def refused(refusal: Refusal) -> ASGIApp:
    """The answer that is an error."""
    return Json(refusal.body, refusal.status, headers=refusal.headers)


class EventStream:
    """Server-sent events, each sent when it is there."""

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"x-accel-buffering", b"no"),  # nginx would collect them
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for event in self._events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def data(value: object) -> bytes:
    """One event."""
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


def comment(text: str) -> bytes:
    """A line that readers of events skip, and that keeps the connection alive."""
    return f": {text}\n\n".encode()
