"""The full-screen chat in a browser, through textual-serve: each tab runs an app of its own.

Whoever reaches the page sits at the keyboard of this machine's chats, and textual-serve knows no
passwords. So only this machine is served; pages of other origins, which could open the WebSocket
too, are refused; and the page fetches nothing from elsewhere (textual-serve's asks Google for the
font that it has itself). Knows nothing of what runs in a tab.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from llamachat.serve.binding import is_loopback_name

PATIENCE = 2.0
"""seconds the apps have to leave"""

_FOREIGN_FONT = re.compile(r"<link[^>]*fonts\.googleapis\.com[^>]*>")
_OWN_HEAD = (
    "<title>llamachat</title><link rel='icon' href='data:,'>"
    "<style>@font-face { font-family: 'Roboto Mono'; "
    "src: url('/static/fonts/RobotoMono-VariableFont_wght.ttf'); }</style>"
    "<script>addEventListener('load', () => new MutationObserver((_, drawn) => {"
    "  if (!document.body.classList.contains('-first-byte')) return;"
    "  drawn.disconnect();"
    "  document.querySelector('.xterm-helper-textarea').focus();"
    "}).observe(document.body, { attributeFilter: ['class'] }));</script>"
)
"""a title, the font, and keys for the terminal once something is drawn, without a click"""

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebServer(Server):
    """`command` starts the app of a tab; `stop` may be called from any thread."""

    def __init__(self, command: str, *, title: str) -> None:
        super().__init__(command, title=title)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._asked_to_stop = False

    def run(self, listening: socket.socket, ready: Callable[[], None]) -> None:
        """Serve on this socket until it is stopped."""
        asyncio.run(self._run(listening, ready))

    def stop(self) -> None:
        self._asked_to_stop = True
        if self._loop is not None and self._stopped is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def on_startup(self, app: web.Application) -> None:
        """In place of textual-serve's logo."""

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page of a tab, with addresses as the browser knows them: a tunnel has others."""
        self.public_url = f"http://{request.host}"
        page = await super().handle_index(request)
        assert isinstance(page, web.Response)
        page.text = _FOREIGN_FONT.sub(_OWN_HEAD, page.text or "")
        page.headers["Content-Security-Policy"] = (
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            f"connect-src 'self' ws://{request.host}; frame-ancestors 'none'"
        )
        return page

    async def _run(self, listening: socket.socket, ready: Callable[[], None]) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        if self._asked_to_stop:
            return
        app = await self._make_app()
        app.middlewares.append(same_origin)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=PATIENCE)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            ready()
            await self._stopped.wait()
        finally:
            await runner.cleanup()


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only the names of this machine, and only pages that came from here."""
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    if not _HOST.fullmatch(host) or not is_loopback_name(_part(f"//{host}", "hostname")):
        raise web.HTTPForbidden(text="Open this page as http://localhost or http://127.0.0.1.")
    if origin is not None and _part(origin, "netloc") != host:
        raise web.HTTPForbidden(text="Pages of other origins may not open this chat.")
    return await handler(request)


def _part(url: str, part: str) -> str:
    try:
        return str(getattr(urlsplit(url), part) or "")
    except ValueError:
        return ""
