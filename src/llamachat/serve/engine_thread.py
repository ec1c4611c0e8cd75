"""A thread that makes the engine's blocking calls, one after the other, for an event loop.

No exit of the program waits for it: a model that is being loaded is left alone, and the worker
process ends with its parent. Knows nothing of what is called.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class EngineThread:
    """Calls in the order in which they were asked for."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        threading.Thread(target=self._work, name="engine", daemon=True).start()

    def call(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns or raises, in time."""
        outcome: Future[T] = Future()
        self._calls.put((outcome, work))
        return asyncio.wrap_future(outcome)

    def _work(self) -> None:
        while True:
            outcome, work = self._calls.get()
            if not outcome.set_running_or_notify_cancel():
                continue
            try:
                outcome.set_result(work())
            except BaseException as error:  # noqa: BLE001  it is raised where the outcome is awaited
                outcome.set_exception(error)


class Relay(Generic[T]):
    """Carries a stream from the engine's thread into the event loop; made in that loop.

    Once it is dropped `stop` is called at the next item; the stream is read to its end all the
    same, which tells what became of it.
    """

    def __init__(self, begin: Callable[[], Iterator[T]], stop: Callable[[], object]) -> None:
        self._begin = begin
        self._stop = stop
        self.last: T | None = None
        """what came last, whether somebody read it or not"""
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[tuple[T, ...]] = asyncio.Queue()
        self._dropped = threading.Event()

    def pump(self) -> None:
        """In the engine's thread: the whole stream."""
        try:
            if self._dropped.is_set():
                return
            stream = self._begin()
            try:
                for item in stream:
                    self.last = item
                    if self._dropped.is_set():
                        self._stop()
                    else:
                        self._deliver((item,))
            finally:
                if close := getattr(stream, "close", None):
                    close()
        finally:
            self._deliver(())

    def drop(self) -> None:
        """Nobody reads any more."""
        self._dropped.set()

    async def read(self, outcome: asyncio.Future[None]) -> AsyncGenerator[T, None]:
        """The items as they come; raises what `pump` raised, whose outcome this is."""
        while item := await self._arrived.get():
            yield item[0]
        await asyncio.shield(outcome)

    def _deliver(self, item: tuple[T, ...]) -> None:
        """An empty one is the end."""
        try:
            self._loop.call_soon_threadsafe(self._arrived.put_nowait, item)
        except RuntimeError:  # the loop is closed: the program is ending
            self._dropped.set()
