"""Runs the server: the socket at once, the model beside it, and a clean end.

While the model is being loaded /health says so and requests are told to come again. Asked to stop,
it takes no more requests, lets the answer under way finish for a moment, then cancels it. Signals
are somebody else's; `stop` may be called from any thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from llamachat.engine.base import EngineInfo
from llamachat.serve.app import Access, make_app
from llamachat.serve.desk import Desk
from llamachat.serve.metrics import Metrics
from llamachat.serve.service import Service, Settings

PATIENCE = 3.0
"""seconds that an answer under way has when the server is being stopped"""

SPARE_CONNECTIONS = 256
"""beside those that wait: idle ones, probes, and requests that are still being sent"""

KEEP_ALIVE = 65
"""seconds an idle connection stays open: longer than the clients' own limits, which then close"""


@dataclass(frozen=True, slots=True)
class Listener:
    """What hears of the server."""

    ready: Callable[[EngineInfo], None]
    """the model is loaded"""
    say: Callable[[str], None]
    """a line of the log"""


class Server:
    """One server; `run` returns when it has been stopped."""

    def __init__(
        self,
        desk: Desk,
        settings: Settings,
        access: Access,
        listener: Listener,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._access = access
        self._listener = listener
        self._stopped = False
        self._http: _Http | None = None

    def run(self, listening: socket.socket) -> None:
        """Serve on this socket.

        Raises:
            LlamaChatError: the model cannot be loaded.
        """
        asyncio.run(self._run(listening))

    def stop(self) -> None:
        """Begin to stop."""
        self._stopped = True
        if self._http is not None:
            self._http.should_exit = True

    async def _run(self, listening: socket.socket) -> None:
        desk = self._desk
        service = Service(desk, self._settings, Metrics())
        app = make_app(service, self._access, self._listener.say)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            proxy_headers=bool(self._access.proxies),  # on by default, and anybody here could lie
            forwarded_allow_ips=list(self._access.proxies),
            limit_concurrency=desk.turns.limit + SPARE_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=round(PATIENCE) + 2,
        )
        self._http = _Http(config, desk)
        self._http.should_exit = self._stopped
        loading = asyncio.create_task(self._load(desk, self._http))
        try:
            await self._http.serve(sockets=[listening])
        finally:
            if not loading.done():
                loading.cancel()
        if not loading.cancelled() and loading.done():
            loading.result()

    async def _load(self, desk: Desk, http: _Http) -> None:
        try:
            self._listener.ready(await desk.load())
        except BaseException:
            http.should_exit = True
            raise


class _Http(uvicorn.Server):
    """uvicorn that leaves signals alone, and ends the work before it closes connections."""

    def __init__(self, config: uvicorn.Config, desk: Desk) -> None:
        super().__init__(config)
        self._desk = desk

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not ours."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        closing = asyncio.create_task(self._desk.close(PATIENCE))
        await super().shutdown(sockets)
        await closing
