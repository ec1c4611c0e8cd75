"""One request and what comes back, read in a thread of its own so that nobody has to wait for it.

Whoever waits is released at once by `abort`, which also cuts the line: the server stops its work
when it notices. `abort` takes no lock, so it may come from a signal handler. Knows HTTP; nothing of
what is said over it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

MOST = 64 << 20
"""bytes of one body; an answer of 100,000 tokens has 30 MB of them"""


@dataclass(frozen=True, slots=True)
class Head:
    """What comes before the body."""

    status: int
    headers: Mapping[str, str]
    """names in lower case"""


class Aborted(Exception):
    """Nobody wants the rest."""


class TooMuch(Exception):
    """The body has more bytes than any sensible one."""


class Exchange:
    """Begins at once. One reader."""

    def __init__(self, client: httpx2.Client, request: httpx2.Request) -> None:
        self._arrived: SimpleQueue[Head | bytes | BaseException | None] = SimpleQueue()
        """None: the body is over"""
        self._head: Head | None = None
        self._socket: Any = None
        self._aborted = False
        request.extensions = {**request.extensions, "trace": self._connected}
        threading.Thread(
            target=self._read, args=(client, request), name="llamachat-remote", daemon=True
        ).start()

    def head(self) -> Head:
        """Raises what httpx2 raises, and Aborted."""
        if self._head is None:
            found = self._next()
            assert isinstance(found, Head)
            self._head = found
        return self._head

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes.

        Raises:
            httpx2.HTTPError: the line broke, or nothing came for too long.
            TooMuch: there is no end of it.
            Aborted: nobody wants the rest.
        """
        while (found := self._next()) is not None:
            assert isinstance(found, bytes)
            yield found

    def abort(self) -> None:
        """Whoever waits hears `Aborted`; the line is cut. Safe after the end, and twice."""
        self._aborted = True
        self._arrived.put(Aborted())
        self._cut()

    def _next(self) -> Head | bytes | None:
        found = self._arrived.get()
        if self._aborted:
            raise Aborted
        if isinstance(found, BaseException):
            raise found
        return found

    def _cut(self) -> None:
        """Closing a socket does not wake a thread that reads from it; shutting it down does."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it is down already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    # in the thread

    def _connected(self, name: str, info: Mapping[str, Any]) -> None:
        if name.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._aborted:
                self._cut()

    def _read(self, client: httpx2.Client, request: httpx2.Request) -> None:
        received = 0
        try:
            response = client.send(request, stream=True, follow_redirects=False)
            try:
                headers = {name.lower(): value for name, value in response.headers.items()}
                self._arrived.put(Head(response.status_code, headers))
                for piece in response.iter_bytes():
                    received += len(piece)
                    if received > MOST:
                        raise TooMuch
                    if self._aborted:
                        return
                    self._arrived.put(piece)
            finally:
                response.close()
            self._arrived.put(None)
        except Exception as error:  # noqa: BLE001  it belongs to the thread that waits
            self._arrived.put(error)
