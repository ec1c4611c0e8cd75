"""What an engine computes while nobody waits: one thing, step by step, until anybody asks.

Each step is taken under the engine's lock; between two of them whoever has the lock may drop the
rest. Knows nothing of what is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from inspect import GEN_RUNNING, getgeneratorstate
from typing import TypeVar

T = TypeVar("T")


class SpareTime:
    """`step` is the lock of whoever is inside llama.cpp; `give_way` ends what is being computed."""

    def __init__(
        self, step: AbstractContextManager[object], give_way: Callable[[], object]
    ) -> None:
        self._step = step
        self._give_way = give_way
        self._steps: Generator[object, None, None] | None = None

    def end(self) -> None:
        """Somebody is about to ask."""
        if self._steps is not None:
            self._give_way()

    def drop(self) -> None:
        """To be called with the lock: what was computed gives back what it holds."""
        steps, self._steps = self._steps, None
        if steps is not None and getgeneratorstate(steps) != GEN_RUNNING:
            steps.close()  # a signal handler may come amid a step

    def spend(self, steps: Generator[T, None, None]) -> Iterator[T]:
        """To be called with the lock: the steps, as long as nobody asks."""
        self._steps = steps
        return self._while_nobody_asks(steps)

    def _while_nobody_asks(self, steps: Generator[T, None, None]) -> Iterator[T]:
        while True:
            with self._step:
                step = next(steps, None) if self._steps is steps else None
                if step is None and self._steps is steps:
                    self._steps = None
            if step is None:
                return
            yield step
