"""Where requests meet the engine: loads it, gives each request its turn, cancels what nobody reads.

The engine's calls block, so they are made in a thread of its own; a turn lasts as long as such a
call, not as long as a slow client takes to read. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from llamachat.engine.base import EngineInfo
from llamachat.serve.engine_thread import EngineThread, Relay
from llamachat.serve.refusal import given_up, leaving, loading
from llamachat.serve.turns import Turns

if TYPE_CHECKING:
    from llamachat.engine.process import ProcessEngine

T = TypeVar("T")
Ended = Callable[[object, BaseException | None], object]
"""hears what came last of a stream, and what was raised instead of an end"""

PARDON = 30.0
"""seconds after which an engine that died too often may be tried again"""

POLL = 0.05
"""seconds between two looks whether the last answer is over, while the server is being stopped"""


class Desk:
    """One engine for all clients; lives in one event loop."""

    def __init__(self, open_engine: Callable[[], ProcessEngine], *, queue: int) -> None:
        self._open = open_engine
        self._thread = EngineThread()
        self._engine: ProcessEngine | None = None
        self._leaving = False
        self._pardoned = time.monotonic()
        self.turns = Turns(queue)

    @property
    def ready(self) -> bool:
        return self._engine is not None and not self._leaving

    def check(self) -> None:
        """Raises Refusal where no request would be answered now."""
        self._willing()

    @property
    def info(self) -> EngineInfo:
        """What is loaded.

        Raises:
            Refusal: nothing is, yet or any more.
        """
        return self._present().info

    async def load(self) -> EngineInfo:
        """Load the model; raises what loading raises."""
        self._engine = await self._thread.call(self._open)
        return self._engine.info

    @asynccontextmanager
    async def ask(
        self,
        client: str,
        request: Callable[[ProcessEngine], Iterator[T]],
        ended: Ended = lambda last, fault: None,
    ) -> AsyncIterator[AsyncIterator[T]]:
        """The stream that `request` begins, once it is this client's turn. Whoever leaves the
        context early has cancelled; `ended` is called once the engine has come to its end too.

        Raises:
            Refusal: the model is being loaded, the engine has died too often, too many wait, or the
                server is being stopped.
        """
        self._willing()
        await self.turns.take(client)
        relay: Relay[T] | None = None
        try:
            engine = self._willing()
            relay = Relay(partial(self._begin, engine, request), engine.cancel)
            outcome = self._thread.call(relay.pump)
            outcome.add_done_callback(partial(self._over, relay, ended))
        finally:
            if relay is None:
                self.turns.release()
        try:
            async with aclosing(relay.read(outcome)) as stream:
                yield stream
        finally:
            relay.drop()
            if not outcome.done():
                engine.cancel()

    async def close(self, patience: float) -> None:
        """Let the answer under way finish for `patience` seconds, then cancel it; free the engine.

        Requests that wait are refused.
        """
        self._leaving = True
        deadline = time.monotonic() + patience
        while self._engine is not None and self.turns.taken and time.monotonic() < deadline:
            await asyncio.sleep(POLL)
        if self._engine is not None:
            await asyncio.to_thread(self._engine.close)

    def _begin(
        self, engine: ProcessEngine, request: Callable[[ProcessEngine], Iterator[T]]
    ) -> Iterator[T]:
        """In the engine's thread. An engine that gave up gets another try after a pause."""
        now = time.monotonic()
        if now - self._pardoned >= PARDON:
            engine.reset_crashes()
            self._pardoned = now
        return request(engine)

    def _over(self, relay: Relay[T], ended: Ended, outcome: asyncio.Future[None]) -> None:
        try:
            ended(relay.last, None if outcome.cancelled() else outcome.exception())
        finally:
            self.turns.release()

    def _willing(self) -> ProcessEngine:
        engine, left = self._present(), self._pardoned + PARDON - time.monotonic()
        if engine.given_up and left > 0:
            raise given_up(left)
        return engine

    def _present(self) -> ProcessEngine:
        if self._leaving:
            raise leaving()
        if self._engine is None:
            raise loading()
        return self._engine
