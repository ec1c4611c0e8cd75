"""One line for each request when it is over, and its place in the counters.

    127.0.0.1 POST /v1/chat/completions 200, 48 + 12 tokens (40 cached), stop, 0.35 s

Where the engine hangs or dies after the client has left, a second line says so. An ASGI middleware.
Never the text of a request, its query or a key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

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
        path = scope["path"]
        name = path if path in self._paths else "other"
        self._metrics.requests.labels(name, str(status)).inc()
        self._metrics.seconds.labels(name).observe(notes.seconds)
        if status == GONE:
            self._metrics.cancelled.inc()
        if path in QUIET and status < 500:
            return
        self._line(scope, notes, status)
        notes.afterwards = partial(self._line, scope, notes, status)

    def _line(self, scope: Scope, notes: Notes, status: int) -> None:
        address = scope["client"][0] if scope.get("client") else "?"
        head = f"{address} {scope['method']} {scope['path'][:100]} {status}"
        words = [head, *_figures(notes)]
        if status == GONE:
            words.append("the client left")
        if notes.remark:
            words.append(notes.remark.removesuffix("."))
        self._say(one_line(", ".join([*words, f"{notes.seconds:.2f} s"])))


def _figures(notes: Notes) -> list[str]:
    """Tokens and the reason of an answer, where there was one."""
    done = notes.done
    if done is None or not done.usage.prompt:
        return []
    counts = done.usage
    cached = f" ({counts.cached} cached)" if counts.cached else ""
    return [f"{counts.prompt} + {counts.generated} tokens{cached}", done.reason]
