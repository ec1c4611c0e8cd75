"""The server: starts, stops, remembers what it was asked."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from llamachat.engine.base import Engine
from tests.chat_server.faults import Fault


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    """names in lower case"""
    body: Any


class ChatServer:
    """`kind` is what it calls itself: "llamacpp" tells progress, timings and tokens, "other" only
    what the protocol asks for. `models` are the names it lists, `certificate` is a file with
    certificate and key."""

    def __init__(
        self,
        engine: Engine,
        *,
        kind: str = "other",
        models: tuple[str, ...] = ("bob",),
        key: str = "",
        port: int = 0,
        certificate: Path | None = None,
    ) -> None:
        from tests.chat_server.handler import handler

        self.engine = engine
        self.kind = kind
        self.models = models
        self.key = key
        self.faults: list[Fault] = []
        """of the next requests for an answer, one each"""
        self.silent: set[str] = set()
        """paths at which nothing is answered"""
        self.received: list[Received] = []
        self.lost = threading.Event()
        """a client went away in the midst of an answer"""
        self.answering = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler(self))
        self._http.daemon_threads = True
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[Received]:
        """The requests for an answer."""
        return [one for one in self.received if one.path.endswith("/completions")]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self.engine.close()
