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

from llamachat.errors import DownloadError, LlamaChatError, UsageError

if TYPE_CHECKING:
    from llamachat.models.control import Control
    from llamachat.models.fetch.progress import Progress
    from llamachat.models.wanted import Wanted

EVERY = 0.5
"""seconds between two messages of the same state"""


class Downloads:
    """What is being fetched. `post` may be called from any thread."""

    @dataclass
    class Progressed(Message):
        """A moment of the transfer."""

        wanted: Wanted
        progress: Progress

    @dataclass
    class Arrived(Message):
        """The file is here and verified; `use` it if that was asked for."""

        wanted: Wanted
        path: Path
        use: bool

    @dataclass
    class Ended(Message):
        """There is no file, and why."""

        wanted: Wanted
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

    def start(self, wanted: Wanted, *, use: bool = False) -> None:
        """Begin, or go on where an earlier transfer of this file ended.

        Raises:
            UsageError: another one is running.
        """
        if self.busy:
            raise UsageError("A model is being fetched already.", "Stop it: /download cancel")
        from llamachat.models.control import Control
        from llamachat.models.fetch.progress import Progress

        self._control = Control()
        name = wanted.file or wanted.words
        self._tell(wanted, Progress(name, 0, wanted.size, 0.0, None, "waiting", "asking"))
        work = threading.Thread(target=self._run, args=(wanted, self._control, use), daemon=True)
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

    def _run(self, wanted: Wanted, control: Control, use: bool) -> None:
        message: Message
        try:
            wanted = wanted.resolved(control)
            message = self.Arrived(wanted, self._fetch(wanted, control), use)
        except LlamaChatError as error:
            message = self.Ended(wanted, error)
        except OSError as error:  # a disk that fails where nobody thought of it
            message = self.Ended(wanted, DownloadError(f"{wanted.words} was not fetched: {error}."))
        self._control = self.latest = None
        self._post(message)

    def _fetch(self, wanted: Wanted, control: Control) -> Path:
        from llamachat.hardware.memory import read_memory
        from llamachat.models.before_fetch import check_memory
        from llamachat.models.fetch import fetch  # 0.3 s with Hugging Face's client
        from llamachat.models.fetch.leftovers import collect

        if wanted.entry is None:  # its size was not known before
            check_memory(wanted, read_memory())
        hub = wanted.asked_hub
        collect(hub.cache, keep=wanted.files)

        def progressed(progress: Progress) -> None:
            self._tell(wanted, progress)

        return fetch(
            wanted.files,
            on_progress=progressed,
            control=control,
            hub=hub,
            confirmed=wanted.confirmed,
        )

    def _tell(self, wanted: Wanted, progress: Progress) -> None:
        now, kind = time.monotonic(), (progress.state, progress.note)
        if kind == self._told and now - self._told_at < EVERY:
            return
        self._told, self._told_at = kind, now
        self.latest = self.Progressed(wanted, progress)
        self._post(self.latest)
