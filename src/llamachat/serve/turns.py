"""Who may ask the engine next: the clients in rotation, each one's requests in their order.

The engine answers one request at a time, so others wait, a bounded number of them. A client that
sends many waits behind its own requests, not in front of everybody else's. Knows nothing of
engines; lives in one event loop.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict, deque

from llamachat.serve.refusal import Refusal

_WEIGHT = 0.2
"""of the latest turn in the mean that Retry-After is reckoned from"""


class Turns:
    """At most `limit` requests wait; who comes then is refused."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._taken = False
        self._since = 0.0
        self._mean = 1.0
        """seconds of a turn"""

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    @property
    def taken(self) -> bool:
        return self._taken

    async def take(self, client: str) -> None:
        """Wait for a turn, which ends with `release`. Giving up loses the place.

        Raises:
            Refusal: too many wait already.
        """
        if not self._taken:
            self._begin()
            return
        if self.waiting >= self.limit:
            raise self._full()
        place = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.release()  # the turn came at the very moment its owner left
            else:
                self._leave(client, place)
            raise

    def release(self) -> None:
        """The turn is over: the next client's oldest request has it now."""
        seconds = time.monotonic() - self._since
        self._mean += _WEIGHT * (seconds - self._mean)
        self._taken = False
        while self._lines:
            client, line = self._lines.popitem(last=False)
            place = line.popleft()
            if line:
                self._lines[client] = line
            if not place.done():
                self._begin()
                place.set_result(None)
                return

    def _begin(self) -> None:
        self._taken, self._since = True, time.monotonic()

    def _leave(self, client: str, place: asyncio.Future[None]) -> None:
        line = self._lines.get(client)
        if line is not None and place in line:
            line.remove(place)
            if not line:
                del self._lines[client]

    def _full(self) -> Refusal:
        seconds = min(max(math.ceil(self._mean * self.waiting), 1), 60)
        return Refusal(
            429,
            f"{self.waiting} requests are waiting already; try again in {seconds} s.",
            kind="rate_limit_error",
            code="queue_full",
            headers={"retry-after": str(seconds)},
        )
