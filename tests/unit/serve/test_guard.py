"""Who may ask: keys, hosts and origins."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette")

from starlette.types import Message, Receive, Scope, Send

from llamachat.errors import UsageError
from llamachat.serve.binding import bind, is_loopback_name
from llamachat.serve.guard import Guard
from llamachat.serve.keys import Keys
from llamachat.serve.sending import refused


async def status(*keys: str, local: bool = True, path: str = "/v1/models", **headers: str) -> int:
    """What a request with these headers gets."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(app, keys=Keys(keys), origins=["https://ours.org"], local=local, refuse=refused)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {"type": "http", "path": path, "method": "GET", "headers": raw}
    await guard({**scope, "client": ("127.0.0.1", 1)}, receive, send)
    found: int = sent[0]["status"]
    return found


async def test_one_of_the_keys_is_needed() -> None:
    assert await status("a", "b", authorization="Bearer b") == 200
    assert await status("a", "b", authorization="bearer a") == 200
    assert await status("a", authorization="Bearer b") == 401
    assert await status("a", authorization="a") == 401
    assert await status("a") == 401
    assert await status() == 200


async def test_health_needs_none() -> None:
    assert await status("a", path="/health") == 200


async def test_a_name_that_was_rebound_to_this_machine_is_refused() -> None:
    assert await status(host="evil.example:8080") == 403
    assert await status(host="localhost:8080") == 200
    assert await status(host="[::1]:8080") == 200
    assert await status("a", authorization="Bearer a", host="proxy.example") == 200
    assert await status(local=False, host="proxy.example") == 200


async def test_pages_of_other_origins_are_refused() -> None:
    assert await status(host="localhost:80", origin="https://evil.example") == 403
    assert await status(host="localhost:80", origin="null") == 403
    assert await status(host="localhost:80", origin="http://localhost:80") == 200
    assert await status(host="localhost:80", origin="https://ours.org") == 200


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1"])
def test_these_names_are_this_machine(name: str) -> None:
    assert is_loopback_name(name)


@pytest.mark.parametrize("name", ["", "0.0.0.0", "::", "192.168.1.2", "localhost.evil.example"])
def test_these_names_are_not(name: str) -> None:
    assert not is_loopback_name(name)


def test_an_exposed_address_is_refused_before_it_is_bound() -> None:
    with pytest.raises(UsageError, match="no"):
        bind("0.0.0.0", 0, exposed=UsageError("no"))
    with bind("0.0.0.0", 0, exposed=None) as listening:
        assert listening.getsockname()[1]
