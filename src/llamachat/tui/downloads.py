"""Fetches one model at a time in a thread of its own, while the chat goes on.

Posts what happens as messages, at most two a second while bytes arrive. Knows no widget.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from llamachat.errors import LlamaChatError, UsageError

if TYPE_CHECKING:
    from llamachat.models.catalog import Entry
    from llamachat.models.control import Control
    from llamachat.models.fetch.progress import Progress

EVERY = 0.5
"""seconds between two messages of the same state"""


class Downloads:
    """What is being fetched. `post` may be called from any thread."""

    @dataclass
    class Progressed(Message):
        """A moment of the transfer."""

        entry: Entry
        progress: Progress

    @dataclass
    class Arrived(Message):
        """The file is here and verified; `use` it if that was asked for."""

        entry: Entry
        path: Path
        use: bool

    @dataclass
    class Ended(Message):
        """There is no file, and why."""

        entry: Entry
        error: LlamaChatError

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._control: Control | None = None
        self._told: tuple[str, str] = ("", "")
        self._told_at = 0.0
        self.latest: Downloads.Progressed | None = None
        """what was last said of the transfer that is running"""

    @property
    def busy(self) -> bool:
        return self._control is not None

    @property
    def paused(self) -> bool:
        return self._control is not None and self._control.paused

    def start(self, entry: Entry, *, use: bool = False) -> None:
        """Begin, or go on where an earlier transfer of this file ended.

        Raises:
            UsageError: another one is running.
        """
        if self.busy:
            raise UsageError("A model is being fetched already.", "Stop it: /download cancel")
        from llamachat.models.control import Control
        from llamachat.models.fetch.progress import Progress

        self._control = Control()
        self._tell(entry, Progress(entry.file, 0, entry.size, 0.0, None, "waiting", "asking"))
        work = threading.Thread(target=self._run, args=(entry, self._control, use), daemon=True)
        work.start()

    def pause(self) -> None:
        if self._control is not None:
            self._control.pause()

    def resume(self) -> None:
        if self._control is not None:
            self._control.resume()

    def cancel(self) -> None:
        """What was received is kept."""
        if self._control is not None:
            self._control.cancel()

    def _run(self, entry: Entry, control: Control, use: bool) -> None:
        from llamachat.models.fetch import fetch  # 0.3 s with Hugging Face's client
        from llamachat.models.hub import resolve

        def progressed(progress: Progress) -> None:
            self._tell(entry, progress)

        message: Message
        try:
            files = resolve(entry.reference, control=control)
            path = fetch(
                files, on_progress=progressed, control=control, confirmed=("the catalogue",)
            )
            message = self.Arrived(entry, path, use)
        except LlamaChatError as error:
            message = self.Ended(entry, error)
        self._control = self.latest = None
        self._post(message)

    def _tell(self, entry: Entry, progress: Progress) -> None:
        now, kind = time.monotonic(), (progress.state, progress.note)
        if kind == self._told and now - self._told_at < EVERY:
            return
        self._told, self._told_at = kind, now
        self.latest = self.Progressed(entry, progress)
        self._post(self.latest)
