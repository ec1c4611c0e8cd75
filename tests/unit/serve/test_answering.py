"""A request that takes long to read holds nobody else up."""

from __future__ import annotations

import asyncio
import threading

import pytest

pytest.importorskip("starlette")

from starlette.types import Message, Scope

from llamachat.serve.answering import Answering
from llamachat.serve.asked import Asked
from llamachat.serve.desk import Desk
from llamachat.serve.metrics import Metrics
from llamachat.serve.refusal import Refusal
from llamachat.serve.service import Service, Settings


class Reading(Answering):
    """Reads until it is told that it has read enough."""

    enough = threading.Event()

    def _read(self, body: bytes) -> Asked:
        raise Refusal(400 if self.enough.wait(5) else 500, "Enough.")


async def test_others_are_served_while_a_request_is_read() -> None:
    service = Service(Desk(lambda: None, queue=1), Settings(None, None), Metrics())  # type: ignore[arg-type,return-value]

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    reading = asyncio.ensure_future(Reading(service, "chat")(scope, receive, send))
    asyncio.get_running_loop().call_later(0.05, Reading.enough.set)
    with pytest.raises(Refusal) as refused:
        await reading
    assert refused.value.status == 400
