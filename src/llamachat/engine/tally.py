"""Figures of one answer while it runs: what it costs and how long it takes.

Turns them into the events that carry them. Knows nothing of models; the one who generates says when
something happened.
"""

from __future__ import annotations

import time

from llamachat.engine.base import Chunk, Done, FinishReason, Prefilled, Timings, Usage
from llamachat.errors import EngineDied


class Tally:
    """Counts and times of one `generate` stream."""

    def __init__(self, *, dropped: int = 0) -> None:
        self.generated = 0
        """sampled tokens"""
        self.dropped = dropped
        """tokens that left a full context"""
        self._unreported = 0
        self._prompt = Prefilled(0, 0, 0)
        self._started = time.perf_counter()
        self._evaluated = self._first = self._started

    def prefilled(self, event: Prefilled) -> None:
        self._prompt = event
        self._evaluated = time.perf_counter()

    def sampled(self) -> None:
        """One more token."""
        self.generated += 1
        self._unreported += 1
        if self.generated == 1:
            self._first = time.perf_counter()

    def chunk(self, text: str) -> Chunk:
        """New text, with the tokens since the last one."""
        count, self._unreported = self._unreported, 0
        return Chunk(text, count)

    def done(
        self, reason: FinishReason, *, stop: str = "", fault: EngineDied | None = None
    ) -> Done:
        """The last event."""
        decode = time.perf_counter() - self._first if self.generated else 0.0
        timings = Timings(self._evaluated - self._started, decode, self._first - self._started)
        usage = Usage(self._prompt.total, self._prompt.cached, self.generated, self.dropped)
        return Done(reason, usage, timings, stop=stop, fault=fault)
