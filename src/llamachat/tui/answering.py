"""Follows one answer in a thread and hands its events over in batches.

One message says that there is something to take; until it was taken only the first words and
the end are told as well, so that 600 tokens a second cost the screen no more than ten. Knows no
widget.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.message import Message

from llamachat.engine.base import Chunk, Engine, Event
from llamachat.errors import LlamaChatError
from llamachat.tui.engine_host import EngineHost


@dataclass(frozen=True, slots=True)
class Arrival:
    event: Event
    at: float
    """when it came, by time.perf_counter"""


class Answering:
    """One answer, from the question to the last event."""

    class Arrived(Message, bubble=False):
        """There are events to take."""

        def __init__(self, answering: Answering) -> None:
            super().__init__()
            self.answering = answering

    def __init__(
        self,
        post: Callable[[Message], object],
        host: EngineHost,
        events: Callable[[Engine], Iterator[Event]],
    ) -> None:
        """`events` is called in the thread, once the engine is there."""
        self._post = post
        self._host = host
        self._events = events
        self._lock = threading.Lock()
        self._waiting: list[Arrival] = []
        self._announced = self._begun = self._ended = False
        self._stopped = False
        self.pressing = False
        """what waits should be seen at once: the first words, or the end"""
        self.error: LlamaChatError | None = None
        """why there is no more, where the stream did not end with Done"""
        self.failure: BaseException | None = None
        """what nobody expected; raised again where it is seen"""
        self._thread = threading.Thread(target=self._follow, name="llamachat-answer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end, also while the engine is still being loaded."""
        self._stopped = True

    def take(self) -> tuple[list[Arrival], bool]:
        """The events since the last time; and whether these were the last, all of it stored."""
        with self._lock:
            taken, self._waiting = self._waiting, []
            self._announced = self.pressing = False
            return taken, self._ended

    def join(self, timeout: float) -> None:
        """Wait for the end, `timeout` seconds at most."""
        self._thread.join(timeout)

    def _follow(self) -> None:
        try:
            engine = self._host.wait(lambda: self._stopped)
            for event in self._events(engine):
                if self._stopped:
                    engine.cancel()
                self._put(Arrival(event, time.perf_counter()))
        except LlamaChatError as error:
            self.error = error
        except BaseException as failure:  # noqa: BLE001  raised again by the screen
            self.failure = failure
        self._put(None)

    def _put(self, arrival: Arrival | None) -> None:
        """None: there is no more."""
        with self._lock:
            if arrival is None:
                pressing = self._ended = True
            else:
                self._waiting.append(arrival)
                pressing = isinstance(arrival.event, Chunk) and not self._begun
                self._begun |= pressing
            announce, self._announced = pressing or not self._announced, True
            self.pressing |= pressing
        if announce:
            self._post(self.Arrived(self))
