"""Pause, resume and cancel a transfer from any thread. Knows nothing of transfers."""

from __future__ import annotations

import threading

from llamachat.errors import DownloadError, ExitCode


class Cancelled(DownloadError):
    """The person stopped the transfer; what was received is kept."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self) -> None:
        super().__init__(
            "The transfer was stopped.", "What was received is kept; the same command goes on."
        )


class Control:
    """What the person wants of a running transfer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._cancelled = False

    @property
    def paused(self) -> bool:
        return self._paused and not self._cancelled

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def pause(self) -> None:
        """The connection is closed soon; what was received stays."""
        self._set(paused=True)

    def resume(self) -> None:
        self._set(paused=False)

    def cancel(self) -> None:
        """The transfer ends with `Cancelled` soon, whatever it was waiting for."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def check(self) -> None:
        """Raises Cancelled where that was asked for."""
        if self._cancelled:
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises Cancelled as soon as that is asked for."""
        with self._changed:
            self._changed.wait_for(lambda: self._cancelled, seconds)
        self.check()

    def wait_while_paused(self) -> None:
        """Raises Cancelled as soon as that is asked for."""
        with self._changed:
            self._changed.wait_for(lambda: self._cancelled or not self._paused)
        self.check()

    def _set(self, *, paused: bool) -> None:
        with self._changed:
            self._paused = paused
            self._changed.notify_all()
