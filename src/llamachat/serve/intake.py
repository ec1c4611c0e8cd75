"""Takes a request in: its body within a limit, then the work on it for as long as the client stays.

An ASGI middleware. A client that leaves, whether its request waits, is being read or is being
answered, ends the work at once by cancelling its task. Knows no endpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llamachat.serve.refusal import INVALID, RETRY_SOON, Refusal

MAX_BODY = 4 << 20
"""bytes; the text of a context of 128k tokens has half a million"""

BODY_SECONDS = 30.0
"""a client that takes longer to say what it wants is sent away"""


MAX_DISCARDED, DISCARD_SECONDS = 64 << 20, 3.0
"""of a body that is too large: read and thrown away"""


class ClientGone(Exception):
    """The client left before it had said what it wants."""


class Intake:
    """`refuse` makes the answer to a request that is refused here."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Refusal], ASGIApp]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(scope, receive)
        except TimeoutError:
            slow = Refusal(
                408, "The body of the request did not arrive.", code="timeout", headers=RETRY_SOON
            )
            await self._refuse(slow)(scope, receive, send)
        except Refusal as refusal:
            await _discard(receive)
            await self._refuse(refusal)(scope, receive, send)
        except ClientGone:
            scope["llamachat.gone"] = True
        else:
            await _while_there(self._app, scope, _Replay(body, receive), send)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """All of it.

    Raises:
        Refusal: it is too large.
        ClientGone: it did not come to its end.
    """
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > MAX_BODY:
        raise _too_large()
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise _too_large()
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _discard(receive: Receive) -> None:
    """Read on for a while: a client that is still sending would not hear why it is refused."""
    left = MAX_DISCARDED
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


class _Replay:
    """Hands out the body that was read, then what follows."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive
        self.gone = asyncio.Event()

    async def __call__(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone.set()


async def _while_there(app: ASGIApp, scope: Scope, messages: _Replay, send: Send) -> None:
    answered = False

    async def sending(message: Message) -> None:
        nonlocal answered
        answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        await send(message)

    work: asyncio.Task[Any] = asyncio.ensure_future(app(scope, messages, sending))
    watch = asyncio.ensure_future(messages.until_gone())
    try:
        await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
        if not work.done() and not answered:
            scope["llamachat.gone"] = True
            work.cancel()
        await asyncio.wait((work,))
    finally:
        watch.cancel()
        work.cancel()
    if not work.cancelled():
        work.result()


def _too_large() -> Refusal:
    return Refusal(
        413,
        f"The body of a request may have {MAX_BODY} bytes.",
        kind=INVALID,
        code="request_too_large",
        headers={"connection": "close"},
    )
