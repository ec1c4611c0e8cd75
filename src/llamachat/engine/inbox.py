"""The worker's reading end: requests in order, cancels at once.

A thread reads the pipe, so that a cancel is heard while llama.cpp computes. A cancel may come while
its request still waits, at the very moment its answer ends, or for an answer that ended long ago:
it stops the one it names and no other. Knows nothing of engines.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from llamachat.engine import wire
from llamachat.errors import UsageError

_BLOCK = 1 << 16


@dataclass(slots=True, eq=False)
class _Request:
    message: wire.Message
    cancelled: bool = False


class Inbox:
    """Requests read from the file descriptor `source`.

    Args:
        leave_at_end: end the process when the source ends, whatever it is doing; otherwise what
            was read is answered first.
    """

    def __init__(self, source: int, *, leave_at_end: bool) -> None:
        self.on_cancel: Callable[[], object] = lambda: None
        """called in the reading thread, while the request it concerns is the current one"""
        self._source = source
        self._leave_at_end = leave_at_end
        self._changed = threading.Condition()
        self._waiting: deque[_Request] = deque()
        self._current: _Request | None = None
        self._ended = False
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def next(self) -> wire.Message | None:
        """The next request, which is the current one until this is called again; None = no more."""
        with self._changed:
            self._current = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                return None
            self._current = self._waiting.popleft()
            return self._current.message

    def wait_until_idle(self) -> None:
        """Return once nothing is answered and nothing waits; for a thread that does other work."""
        with self._changed:
            self._changed.wait_for(lambda: self._current is None and not self._waiting)

    def begun(self) -> None:
        """From now on the current answer can be cancelled; a cancel that came before counts."""
        with self._changed:
            if self._current is not None and self._current.cancelled:
                self.on_cancel()

    def _read(self) -> None:
        lines = wire.Lines()
        while block := os.read(self._source, _BLOCK):
            for line in lines.push(block):
                self._take(line)
        if self._leave_at_end:
            os._exit(0)
        self._take(lines.rest())
        self._take(b'{"op": "close"}')

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = wire.from_line(line)
        except UsageError as error:
            message = {"malformed": error.message}
        with self._changed:
            if message.get("op") == "cancel":
                self._cancel(message)
            elif message.get("op") == "close":
                self._ended = True
            elif not self._ended:
                self._waiting.append(_Request(message))
            self._changed.notify_all()

    def _cancel(self, message: wire.Message) -> None:
        """Without an id the answer that runs, or the next one, is meant."""
        known = [request for request in (self._current, *self._waiting) if request is not None]
        if "id" in message:
            known = [request for request in known if request.message.get("id") == message["id"]]
        for request in known[:1]:
            request.cancelled = True
            if request is self._current:
                self.on_cancel()
