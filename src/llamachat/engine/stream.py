"""The iterator that engines hand out: whatever ends the reading, the engine hears of it once.

A generator that was never started runs none of its `finally`, so an engine that waits for that one
would stay busy for ever when a caller drops a stream unread. Knows nothing of what flows through.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Stream(Iterator[T], Generic[T]):
    """Events of one request. Closing it, dropping it, reading it to its end or an exception while
    it is read all call `on_end`, once."""

    def __init__(self, events: Generator[T, None, None], on_end: Callable[[], None]) -> None:
        self._events = events
        self._on_end: Callable[[], None] | None = on_end

    def __next__(self) -> T:
        try:
            return next(self._events)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the request, if it has not ended by itself."""
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            self._events.close()
            on_end()

    def __del__(self) -> None:
        self.close()
