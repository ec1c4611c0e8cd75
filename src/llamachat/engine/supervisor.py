"""Keeps one worker alive: starts it, buries it when it dies, and gives up after MAX_CRASHES.

A death that lowers the rung is followed by another start at once; otherwise the next request starts
the next worker, a little later each time. Knows nothing of requests or of why a rung is unusable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import sleep

from llamachat.engine.base import EngineInfo
from llamachat.engine.child import Child
from llamachat.engine.params import EngineOptions
from llamachat.errors import EngineDied

MAX_CRASHES = 3
BACKOFF = (0.0, 0.25, 1.0)
"""seconds to wait before the first, second and third restart in a row"""

LOWERED_HINT = (
    "From now on it does without the fast kernels; `llamachat doctor` tells which ones this "
    "processor runs."
)

OnDeath = Callable[[EngineOptions, EngineDied], EngineOptions]


class Supervisor:
    """One worker at a time. One thread calls `living` and `bury`; `close` may come from any."""

    def __init__(
        self,
        options: EngineOptions,
        *,
        on_progress: Callable[[float], None] | None = None,
        on_death: OnDeath | None = None,
    ) -> None:
        self._options = options
        self._on_progress = on_progress
        self._on_death = on_death
        self._crashes = 0
        self._starting = threading.Lock()
        self.closed = False
        self.child: Child | None = None
        self._ready: Child | None = None
        """the last one that had loaded its model"""
        self.info = self._start()

    @property
    def serving(self) -> bool:
        """Whether a worker is there and has loaded its model."""
        child = self.child
        return child is not None and child is self._ready and child.alive

    @property
    def given_up(self) -> bool:
        """Whether it died too often; `forgive` lets it be started again."""
        return self._crashes >= MAX_CRASHES

    def living(self) -> Child:
        """The worker that runs, a fresh one where there is none.

        Raises:
            EngineDied: it died too often, died while loading, or the engine is closed.
            LlamaChatError: the worker refuses the model.
        """
        if self.child is not None and not self.child.alive:
            self.bury(self.child.death())
        if self.child is None:
            self.info = self._start()
        if self.child is None:
            raise EngineDied("The engine is closed.")
        return self.child

    def bury(self, death: EngineDied) -> EngineDied:
        """Count the death of the worker; returns what to say of it."""
        self.child = None
        if self.closed:
            return EngineDied("The engine is closed.")
        self._crashes += 1
        fast = self._options.extra_buffers
        if self._on_death is not None:
            self._options = self._on_death(self._options, death)
        if fast and not self._options.extra_buffers:
            return EngineDied(death.message, LOWERED_HINT, signal=death.signal)
        return death

    def forgive(self) -> None:
        """The worker has proved itself, or a person wants another try: count from zero."""
        self._crashes = 0

    def close(self) -> None:
        with self._starting:
            self.closed = True
            child, self.child = self.child, None
        if child is not None:
            child.close()

    def _start(self) -> EngineInfo:
        if self.given_up:
            raise EngineDied(
                f"The engine has died {self._crashes} times in a row and is not started again.",
                "`llamachat doctor` finds out why.",
            )
        sleep(BACKOFF[self._crashes])
        with self._starting:
            if self.closed:
                raise EngineDied("The engine is closed.")
            child = self.child = Child(self._options)
        before = self._options
        try:
            info = child.wait_until_ready(self._on_progress)
        except EngineDied as death:
            said = self.bury(death)
            if self._options != before:
                return self._start()
            raise said from None
        except BaseException:
            self.child = None
            child.close()
            raise
        self._ready = child
        return info
