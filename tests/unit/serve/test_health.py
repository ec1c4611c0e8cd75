"""What probes are told: in words, and without a turn or a key."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("starlette")

from starlette.types import Message, Scope

from llamachat.engine.process import ProcessEngine
from llamachat.serve.app import Access, make_app
from llamachat.serve.desk import Desk
from llamachat.serve.keys import Keys
from llamachat.serve.metrics import Metrics
from llamachat.serve.service import Service, Settings


class GivenUp:
    """As much of an engine as a probe looks at."""

    given_up = True
    info = None

    def close(self) -> None:
        """Nothing is open."""


def _none() -> ProcessEngine:
    raise AssertionError("nothing is loaded here")


async def health(desk: Desk) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body."""
    service = Service(desk, Settings(None, None), Metrics())  # type: ignore[arg-type]
    app = make_app(service, Access(Keys(["a key"]), local=True), print)
    sent: list[Message] = []

    bodies = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        return bodies.pop() if bodies else await asyncio.Future()

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/health", "headers": []}
    await app({**scope, "query_string": b"", "client": ("127.0.0.1", 1)}, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], headers, json.loads(body)


async def test_while_the_model_is_being_loaded_it_says_what_llama_server_says() -> None:
    status, headers, body = await health(Desk(_none, queue=1))
    assert status == 503
    assert body["error"]["message"] == "Loading model"
    assert body["error"]["type"] == "unavailable_error"
    assert headers["retry-after"] == "1"


async def test_an_engine_that_died_too_often_is_not_healthy() -> None:
    desk = Desk(GivenUp, queue=1)  # type: ignore[arg-type]
    await desk.load()
    status, headers, body = await health(desk)
    assert (status, body["error"]["code"]) == (503, "engine_given_up")
    assert 0 < int(headers["retry-after"]) <= 30


async def test_a_server_that_is_being_stopped_is_not_loading() -> None:
    desk = Desk(GivenUp, queue=1)  # type: ignore[arg-type]
    await desk.load()
    await desk.close(0)
    status, _, body = await health(desk)
    assert (status, body["error"]["code"]) == (503, "shutting_down")
