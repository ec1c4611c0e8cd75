"""Asks a server, with patience: what may pass is tried again, with growing pauses and bounded.

A redirect is never followed, certificates are always verified, each request has a connection of its
own (cutting it then ends that request and nothing else). Knows HTTP and a key; nothing of answers.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from llamachat.engine.remote.address import Endpoint
from llamachat.engine.remote.events import BrokenOff, Garbled, event_values
from llamachat.engine.remote.exchange import Aborted, Exchange, TooMuch
from llamachat.engine.remote.outages import unreachable
from llamachat.engine.remote.refusals import Refused, no_server
from llamachat.models.patience import Patience

if TYPE_CHECKING:
    import httpx2

CONNECT_WITHIN = 10.0
SILENCE = 300.0
"""seconds without a byte; a slow processor reads a long prompt that long"""
FACTS_WITHIN = 20.0
"""seconds without a byte where no prompt is to be read: what a server says of itself is at hand"""
PATIENCE = Patience(tries=4, first=0.5, longest=8.0, stall=SILENCE, ordered=30.0)
"""somebody waits for the answer: 0.5, 1 and 2 seconds, or what the server asks for"""
PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""statuses that may be gone a moment later"""
MOST_EXPLAINED = 64 << 10
"""bytes of a refusal that are read"""
MOST_TOLD = 4 << 20
"""bytes of a JSON object: a list of models, the tokens of a long prompt"""


class Client:
    """One server. Any number of calls at once."""

    def __init__(self, endpoint: Endpoint, patience: Patience = PATIENCE) -> None:
        self.endpoint = endpoint
        self.patience = patience
        self._http = _http_client(endpoint)

    def call(self) -> Call:
        """Something to ask."""
        return Call(self)

    def close(self) -> None:
        self._http.close()

    def exchange(self, method: str, url: str, body: object | None) -> Exchange:
        import httpx2

        headers = {**self.endpoint.key.header(), "Accept": "text/event-stream, application/json"}
        silence = min(self.patience.stall, FACTS_WITHIN)
        content: bytes | None = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            silence, content = self.patience.stall, _json_bytes(body)
        timeout = httpx2.Timeout(silence, connect=CONNECT_WITHIN)
        request = self._http.build_request(
            method, url, content=content, headers=headers, timeout=timeout
        )
        return Exchange(self._http, request)


class Call:
    """One thing that is asked, with all its tries. `cancel` may come from any thread and from a
    signal handler, at any time; whoever waits then hears `Aborted`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waits = client.patience.waits()
        self._woken: SimpleQueue[None] = SimpleQueue()
        self._exchange: Exchange | None = None
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
        self._woken.put(None)
        self.cut()

    def cut(self) -> None:
        """The rest of what comes now is not wanted; another try may be."""
        if (exchange := self._exchange) is not None:
            exchange.abort()

    def open(self, method: str, url: str, body: object | None = None) -> Exchange:
        """The first try that is taken.

        Raises:
            Refused: none was; the last refusal.
            LlamaChatError: the server cannot be reached.
            Aborted: nobody wants it any more.
        """
        while True:
            try:
                exchange = self._begin(method, url, body)
                head = exchange.head()
                if head.status == 200:
                    return exchange
                refused = Refused(head.status, head.headers, _text(exchange, MOST_EXPLAINED))
            except failures() as error:
                if not self.try_again(error):
                    raise self.lost(error) from None
                continue
            if not self.try_again(refused):
                raise refused

    def json(self, method: str, url: str, body: object | None = None) -> Any:
        """The object that is answered.

        Raises:
            EngineError: the answer is no JSON, or has no end.
            Refused, LlamaChatError, Aborted: as `open` does.
        """
        exchange = self.open(method, url, body)
        try:
            return json.loads(_text(exchange, MOST_TOLD))
        except (ValueError, RecursionError):
            raise no_server(self._client.endpoint) from None
        except failures() as error:
            if self.cancelled:
                raise Aborted from None
            raise self.lost(error) from None

    def values(self, url: str, body: object) -> Iterator[Any]:
        """The values of a stream of events, up to its end; the first try that is taken.

        Raises:
            Refused: none was, or what came is an error and no stream.
            EngineError: something else came.
            LlamaChatError, Aborted: as `open` does.
        """
        exchange = self.open("POST", url, body)
        kind = exchange.head().headers.get("content-type", "")
        if kind.startswith("text/event-stream"):
            return event_values(exchange.pieces())
        text = _text(exchange, MOST_EXPLAINED)
        if kind.startswith("application/json") and '"error"' in text:
            raise Refused(400, {}, text)
        raise no_server(self._client.endpoint)

    def try_again(self, error: Exception) -> bool:
        """After a pause, if what went wrong may pass.

        Raises:
            Aborted: nobody wants it any more.
        """
        if self.cancelled or isinstance(error, Aborted):
            raise Aborted
        if isinstance(error, Refused):
            once = error.headers.get("x-should-retry") == "false"
            passing = error.status in PASSING and not once
            ordered = error.headers.get("retry-after")
        else:
            passing, ordered = _is_broken_line(error), None
        wait = self._waits.next(ordered) if passing else None
        if wait is None:
            return False
        with contextlib.suppress(Empty):
            self._woken.get(timeout=wait)
        if self.cancelled:
            raise Aborted
        return True

    def lost(self, error: Exception) -> Exception:
        """A broken line in words; anything else stays what it is."""
        if isinstance(error, TooMuch | Garbled):
            return no_server(self._client.endpoint)
        return unreachable(error, self._client.endpoint) or error

    def _begin(self, method: str, url: str, body: object | None) -> Exchange:
        exchange = self._client.exchange(method, url, body)
        self._exchange = exchange
        if self.cancelled:
            exchange.abort()
        return exchange


def failures() -> tuple[type[Exception], ...]:
    """What an exchange raises when it does not come to its end."""
    import httpx2

    ours = (Aborted, BrokenOff, Garbled, TooMuch)
    return (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, *ours)


def _http_client(endpoint: Endpoint) -> httpx2.Client:
    """Proxies are for servers elsewhere."""
    import httpx2

    context = httpx2.create_ssl_context() if endpoint.encrypted else _unused_context()
    return httpx2.Client(
        verify=context,
        trust_env=not endpoint.is_here,
        follow_redirects=False,
        limits=httpx2.Limits(max_keepalive_connections=0),
    )


def _unused_context() -> Any:
    """Loading the certificates of the world takes 15 ms; this one trusts nobody."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_broken_line(error: Exception) -> bool:
    """A connection that was there and is not any more; not one that cannot be made."""
    import httpx2

    lost = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError, BrokenOff)
    return isinstance(error, lost)


def _json_bytes(body: object) -> bytes:
    """JSON has no place for lone surrogates, which stand for bytes that are no UTF-8."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _text(exchange: Exchange, most: int) -> str:
    """The whole body, as far as it is not absurdly long."""
    parts: list[bytes] = []
    size = 0
    for piece in exchange.pieces():
        parts.append(piece)
        size += len(piece)
        if size > most:
            exchange.abort()
            break
    return b"".join(parts)[:most].decode("utf-8", "replace")
