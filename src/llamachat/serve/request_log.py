"""One line for each request when it is over, and its place in the counters.

    127.0.0.1 POST /v1/chat/completions 200, 48 + 12 tokens (40 cached), stop, 0.35 s

An ASGI middleware. Never the text of a request, its query or a key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llamachat.sanitize import one_line
from llamachat.serve.answering import notes_of
from llamachat.serve.metrics import Metrics
from llamachat.serve.service import Notes

GONE = 499
"""nginx' status for a client that left; nobody receives it"""

QUIET = frozenset({"/health", "/metrics"})
"""asked every few seconds by machines"""


class RequestLog:
    """`say` takes a line; `paths` are the endpoints that are counted by name."""

    def __init__(
        self, app: ASGIApp, *, say: Callable[[str], None], metrics: Metrics, paths: Collection[str]
    ) -> None:
        self._app = app
        self._say = say
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        notes = notes_of(scope)
        try:
            await self._app(scope, receive, sending)
        finally:
            self._over(scope, notes, GONE if scope.get("llamachat.gone") else status)

    def _over(self, scope: Scope, notes: Notes, status: int) -> None:
        path, seconds = scope["path"], notes.seconds
        name = path if path in self._paths else "other"
        self._metrics.requests.labels(name, str(status)).inc()
        self._metrics.seconds.labels(name).observe(seconds)
        if status == GONE:
            self._metrics.cancelled.inc()
        if path in QUIET and status < 500:
            return
        address = scope["client"][0] if scope.get("client") else "?"
        words = [f"{address} {scope['method']} {path[:100]} {status}", *_figures(notes)]
        if notes.remark:
            words.append(notes.remark.removesuffix("."))
        if status == GONE:
            words.append("the client left")
        self._say(one_line(", ".join([*words, f"{seconds:.2f} s"])))


def _figures(notes: Notes) -> list[str]:
    """Tokens and the reason of an answer, where there was one."""
    done = notes.done
    if done is None or not done.usage.prompt:
        return []
    counts = done.usage
    cached = f" ({counts.cached} cached)" if counts.cached else ""
    return [f"{counts.prompt} + {counts.generated} tokens{cached}", done.reason]
