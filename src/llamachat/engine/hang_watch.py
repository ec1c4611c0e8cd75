"""Tells a worker that hangs from one that works: after a cancel it may be silent only for so long.

Whoever waits for the worker counts, so no thread and no clock runs beside, and a program that was
itself suspended meanwhile counts nothing. Knows pipes and numbers of requests, not what they ask.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import IO

PATIENCE = 30.0
"""seconds without a word after a cancel. A worker looks for one before each node of the graph (1 to
12 ms measured), but not while it reads a KV state: 20 s for 2 GB from a slow disk"""
LOOKS = 10
"""in that time"""

READABLE, WRITABLE = select.POLLIN, select.POLLOUT


class HangWatch:
    """Over one worker, which `kill` ends."""

    def __init__(self, kill: Callable[[], object]) -> None:
        self._kill = kill
        self.asked = self.unwanted = 0
        """numbers of the latest request, and of the latest one that was cancelled"""
        self.killed = False

    def wait_for(self, pipe: IO[bytes], state: int) -> None:
        """Until a pipe of the worker can be used: that of a dead one can."""
        poll = select.poll()
        poll.register(pipe, state)
        silent = 0
        while not poll.poll(1000 * PATIENCE / LOOKS):
            silent = silent + 1 if self.asked == self.unwanted != 0 else 0
            if silent == LOOKS:
                self.killed = True
                self._kill()
