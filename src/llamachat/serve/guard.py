"""Who may ask at all: a key where one is set, and no web page of another origin.

An ASGI middleware. A browser can be made to send requests to this machine by any page it shows;
such requests carry an Origin that is not ours, or (where a name was rebound to this address) a Host
that is not. Knows no endpoint but the one that everybody may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from llamachat.serve.binding import is_loopback_name
from llamachat.serve.keys import Keys
from llamachat.serve.refusal import Refusal

OPEN_PATHS = frozenset({"/health"})
"""for probes, which have no key"""


class Guard:
    """`origins` are web pages that may ask; `local`: the server is bound to this machine alone."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        origins: Sequence[str],
        local: bool,
        refuse: Callable[[Refusal], ASGIApp],
    ) -> None:
        self._app = app
        self._keys = keys
        self._origins = frozenset(origins)
        self._local = local
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self._refusal(scope)
            if refusal is not None:
                await self._refuse(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        alone = self._local and not self._keys  # a proxy asks by the name it has itself
        if alone and host and not is_loopback_name(_name(host)):
            return Refusal(
                403, "Without a key this server answers to localhost only.", code="wrong_host"
            )
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins and _authority(origin) != host:
            return Refusal(
                403, "Web pages of other origins may not ask this server.", code="wrong_origin"
            )
        number: int | None = 0
        if self._keys and scope["path"] not in OPEN_PATHS:
            number = self._keys.number(_bearer(headers.get("authorization", "")))
            if number is None:
                return _wrong_key()
        address = scope["client"][0] if scope.get("client") else "?"
        scope["llamachat.client"] = f"{number} {address}"
        return None


def _bearer(header: str) -> str:
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _wrong_key() -> Refusal:
    return Refusal(
        401,
        "Incorrect API key provided.",
        code="invalid_api_key",
        headers={"www-authenticate": "Bearer"},
    )
