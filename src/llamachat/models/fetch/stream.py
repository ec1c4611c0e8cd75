"""One connection: its status and headers first, then its bytes, with silence noticed.

A thread reads ahead, so that the line is never idle while bytes are hashed and written, and so that
a person's "stop" does not wait for a server that says nothing. The one place where the transfer's
network errors become ours. Knows nothing of files.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from llamachat.models.control import Control

if TYPE_CHECKING:
    import httpx2

READ_AHEAD = 64
"""pieces; the client gives at most 64 KiB each"""
LOOK = 0.1
"""seconds between two looks at the control while nothing comes"""


class Dropped(Exception):
    """The connection failed in a way that may pass; the message is a clause."""

    def __init__(self, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Paused(Exception):
    """The person wants no more for now."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of an answer."""

    status: int
    headers: Mapping[str, str]
    """names in lower case"""
    linked: Mapping[str, str]
    """of the redirects before it, the hub's among them"""
    url: str
    """which machine answered in the end"""


class Stream:
    """A context manager; `head()`, then `pieces()`, to be called in one thread."""

    def __init__(
        self, url: str, headers: Mapping[str, str], *, control: Control, stall: float
    ) -> None:
        self._url, self._headers = url, dict(headers)
        self._control, self._stall = control, stall
        self._ahead: queue.Queue[Head | bytes | BaseException | None] = queue.Queue(READ_AHEAD)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._read, name="fetch", daemon=True)

    def __enter__(self) -> Stream:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()

    def head(self) -> Head:
        """Raises Dropped where none comes, Paused or Cancelled where that is asked for."""
        found = self._next()
        assert isinstance(found, Head)
        return found

    def pieces(self) -> Iterator[bytes]:
        """The body, until its end.

        Raises:
            Dropped: the line broke, or nothing came for too long.
            Paused, Cancelled: the person wants no more.
        """
        while (found := self._next()) is not None:
            assert isinstance(found, bytes)
            yield found

    def _next(self) -> Head | bytes | None:
        began = time.monotonic()
        while True:
            self._control.check()
            if self._control.paused:
                raise Paused
            try:
                found = self._ahead.get(timeout=LOOK)
            except queue.Empty:
                if time.monotonic() - began > self._stall:
                    raise Dropped(f"nothing came for {self._stall:.0f} s") from None
                continue
            if isinstance(found, BaseException):
                raise found
            return found

    # in the thread

    def _read(self) -> None:
        import httpx2
        from huggingface_hub.utils import get_session

        timeout = httpx2.Timeout(self._stall)
        try:
            with get_session().stream(
                "GET", self._url, headers=self._headers, timeout=timeout, follow_redirects=True
            ) as response:
                self._put(_head(response))
                for piece in response.iter_bytes():
                    if not self._put(piece):
                        return
            self._put(None)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            self._put(_reason(error, self._url))
        except Exception as error:  # noqa: BLE001  a fault of ours belongs to the thread that waits
            self._put(error)

    def _put(self, item: Head | bytes | BaseException | None) -> bool:
        """False where nobody waits for more."""
        while not self._left.is_set():
            try:
                self._ahead.put(item, timeout=LOOK)
            except queue.Full:
                continue
            return True
        return False


def _head(response: httpx2.Response) -> Head:
    linked: dict[str, str] = {}
    for earlier in response.history:
        linked |= dict(earlier.headers)
    return Head(response.status_code, dict(response.headers), linked, str(response.url))


def _reason(error: Exception, url: str) -> Exception:
    """What may pass is `Dropped`; a name that is none or a certificate that is wrong stays so."""
    import httpx2

    from llamachat.models.hub.errors import unreachable

    if isinstance(error, httpx2.TimeoutException):
        return Dropped("the server does not answer")
    final = isinstance(
        error, httpx2.InvalidURL | httpx2.UnsupportedProtocol | httpx2.ProxyError
    ) or ("CERTIFICATE_VERIFY_FAILED" in str(error))
    if final:
        return unreachable(error, url) or error
    if isinstance(error, httpx2.ConnectError):
        return Dropped(f"no connection ({str(error).rstrip('.') or 'refused'})")
    if isinstance(error, httpx2.TransportError):
        return Dropped("the connection was lost")
    return unreachable(error, url) or error
