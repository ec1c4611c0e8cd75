"""Somebody asked to stop: what is being done is ended at once, and nothing else is begun.

Set from any thread. Knows nothing of what is done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from llamachat.errors import ExitCode, LlamaChatError


class Cancelled(LlamaChatError):
    """Raised where the work stops; what was measured is kept."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self) -> None:
        super().__init__("The comparison was interrupted.")


class Cancellation:
    """Call it to stop."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self._stop: Callable[[], object] | None = None

    def __call__(self) -> None:
        self.event.set()
        if (stop := self._stop) is not None:
            stop()

    def check(self) -> None:
        """Raises Cancelled where it was asked for."""
        if self.event.is_set():
            raise Cancelled

    @contextmanager
    def aimed(self, stop: Callable[[], object]) -> Iterator[None]:
        """Inside, a request calls `stop` too; whatever is raised then is Cancelled."""
        self._stop = stop
        try:
            self.check()  # or it came a moment before
            yield
        except LlamaChatError:
            self.check()
            raise
        finally:
            self._stop = None
        self.check()
