"""The server itself: two addresses, a thread for each request, and a record of what was asked.

`faults` are used up one by one by requests for bytes (GET), first come first served.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from types import TracebackType

from tests.hub_server.faults import Fault, Status
from tests.hub_server.repository import Access, Repository, Stored

TOKEN = "hf_test_token"
"""accepted; opens gated and private repositories"""
STRANGER = "hf_stranger"
"""valid, but its owner has not accepted any terms"""


@dataclass(frozen=True, slots=True)
class Request:
    """One that was answered."""

    at: str
    """"hub" or "cdn" """
    method: str
    path: str
    headers: Mapping[str, str]
    """names in lower case"""
    status: int


class HubServer:
    """A context manager; `url` is for HF_ENDPOINT."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.renamed: dict[str, str] = {}
        self.faults: deque[Fault] = deque()
        self.requests: list[Request] = []
        self.rate: float | None = None
        """bytes per second of each answer; None is as fast as possible"""
        self.busy = 0
        """so many requests to the hub's interface are answered with 429 first"""
        self.sign_in_page = False
        """everything is answered with a web page, as before one signs in to a network"""
        self.sent = 0
        """bytes of files that went out"""
        self.closing = threading.Event()
        self.lock = threading.Lock()

    def __enter__(self) -> HubServer:
        from tests.hub_server.handler import handler

        self._servers = [_Server(("127.0.0.1", 0), handler(self, at)) for at in ("hub", "cdn")]
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()
        self.url, self.cdn = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()

    def add(
        self,
        name: str,
        files: Mapping[str, bytes | Stored],
        *,
        access: Access = "open",
        branch: str = "main",
    ) -> str:
        """A commit of these files; returns its hash. Bytes are kept as large files."""
        repository = self.repositories.setdefault(name, Repository(name))
        repository.access = access
        stored = {
            path: data if isinstance(data, Stored) else Stored(data) for path, data in files.items()
        }
        return repository.commit(stored, branch)

    def environment(self, home: object) -> dict[str, str]:
        """Variables that lead the real client here, with its cache below `home`."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_XET": "1",
        }

    def blob(self, sha256: str) -> Stored | None:
        """The file of this content, in any repository."""
        for repository in self.repositories.values():
            for files in repository.commits.values():
                for stored in files.values():
                    if stored.sha256 == sha256:
                        return stored
        return None

    def take_fault(self, at: str) -> Fault | None:
        """The next one, if it is to happen at this address."""
        with self.lock:
            if not self.faults:
                return None
            first = self.faults[0]
            wanted = first.at if isinstance(first, Status) else "cdn"
            return self.faults.popleft() if wanted == at else None

    def asked(self, at: str, method: str = "GET") -> list[Request]:
        """The requests that came to this address."""
        return [r for r in self.requests if r.at == at and r.method == method]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        """Without the name look-up of the standard library, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what many tests are about."""
