"""Ctrl+C and SIGTERM that take effect at once, also while the main thread is inside a C call.

Python runs signal handlers in the main thread between two bytecodes, which during a batch of the
engine can be ten seconds away. The C-level handler writes to a wake-up descriptor immediately, and
a thread here reads it: the first signal cancels, a later one leaves the process. Knows engines only
as something to call.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

_WATCHED = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A context manager around one piece of work; to be entered in the main thread."""

    def __init__(
        self,
        *,
        patience: int = 1,
        before_leaving: Callable[[], None] | None = None,
        hangup: bool = False,
    ) -> None:
        """`patience` is how many signals cancel before one leaves; with `hangup` a terminal that is
        closed cancels too, unless nohup forbids it, and so it does for work within that work."""
        self.received = 0
        """the first signal that came; 0 = none"""
        self._cancel: Callable[[], None] | None = None
        self._patience = patience
        self._before_leaving = before_leaving
        former = signal.getsignal(signal.SIGHUP)
        hangup = former is _wake or (hangup and former is not signal.SIG_IGN)
        self._watched = (*_WATCHED, signal.SIGHUP) if hangup else _WATCHED

    @property
    def exit_code(self) -> int:
        """128 + signal, as a shell reports it."""
        return 128 + self.received

    def __enter__(self) -> Interrupts:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._handlers = [(number, signal.signal(number, _wake)) for number in self._watched]
        self._former = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._watch, name="interrupts", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        signal.set_wakeup_fd(self._former)
        for number, handler in self._handlers:
            signal.signal(number, handler)
        os.close(self._writer)
        self._thread.join()
        os.close(self._reader)

    def aim(self, cancel: Callable[[], None]) -> None:
        """From now on the first signal calls `cancel`; before, it leaves the process."""
        self._cancel = cancel
        if self.received:
            cancel()

    def _watch(self) -> None:
        while found := os.read(self._reader, 1):
            number = found[0]
            if number not in self._watched:
                continue
            self._patience -= 1
            if self._cancel is None or self._patience < 0:
                self._leave(number)
            else:
                self.received = self.received or number
                self._cancel()

    def _leave(self, number: int) -> None:
        """What was printed is flushed; a worker process ends with its standard input."""
        if self._before_leaving is not None:
            self._before_leaving()
        os._exit(128 + number)


def _wake(number: int, frame: FrameType | None) -> None:
    """Python must own the signal for the wake-up descriptor to hear of it."""
