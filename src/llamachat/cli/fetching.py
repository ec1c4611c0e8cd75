"""Fetching for a command: progress on standard error, Ctrl+C keeps what was received.

Knows terminals and signals; which files are fetched is said by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from llamachat.cli.failure import report
from llamachat.cli.fetch_line import FetchLine
from llamachat.cli.interrupts import Interrupts
from llamachat.cli.status_line import StatusLine
from llamachat.models.fetch import Cancelled, Control, fetch
from llamachat.models.fetch.leftovers import collect
from llamachat.models.fetch.local import local_address, local_model
from llamachat.models.fetch.place import place_of
from llamachat.models.fit import gigabytes
from llamachat.models.hub import Hub, RemoteFile
from llamachat.models.reference import HubReference, UrlReference
from llamachat.models.wanted import Wanted

APPEARS = 0.3
"""seconds after which the line of progress is shown"""


class Fetcher:
    """Brings models here, and says how it goes."""

    def __init__(self, hub: Hub, line: StatusLine | None, say: Callable[[str], None]) -> None:
        """`line` is None where nothing can be drawn over itself: then lines are said."""
        self._hub = hub
        self._say = say
        self._show = FetchLine(line, say)

    def ask(self, wanted: Wanted, sha256: str = "") -> Wanted:
        """The same with its files. Ctrl+C leaves at once: there is nothing to keep yet.

        Raises:
            DownloadError, UsageError, ModelError: as `Wanted.resolved` does.
        """
        self._show.asking(wanted)
        try:
            return wanted.resolved(sha256=sha256)
        finally:
            self._show.close()

    def has(self, wanted: Wanted) -> bool:
        """Whether all its files are here; what another program brought is yet to be hashed."""
        return all(place_of(file, self._hub.cache).present() for file in wanted.files)

    def fetch(self, files: Sequence[RemoteFile], confirmed: Sequence[str] = ()) -> Path:
        """What nobody went on with for long makes room first, and that is said.

        Raises:
            DownloadError, Cancelled: as `models.fetch.fetch` does.
        """
        if freed := collect(self._hub.cache, keep=files):
            self._say(f"Removed what was left of old transfers: {gigabytes(freed)}")
        with self._stoppable() as control:
            return fetch(
                files, on_progress=self._show, control=control, hub=self._hub, confirmed=confirmed
            )

    def local(self, reference: HubReference | UrlReference) -> Path | None:
        """The first file, where all are here. No server is asked.

        Raises:
            DownloadError, Cancelled: as `models.fetch.local.local_model` does.
        """
        if isinstance(reference, UrlReference):
            return local_address(reference.url, self._hub)
        with self._stoppable() as control:
            return local_model(reference, self._hub, on_progress=self._show, control=control)

    @contextmanager
    def _stoppable(self) -> Iterator[Control]:
        control = Control()
        with Interrupts(before_leaving=self._show.close) as interrupts:
            interrupts.aim(control.cancel)
            try:
                yield control
            except Cancelled as stopped:
                self._show.close()
                report(stopped)
                raise SystemExit(interrupts.exit_code) from None
            finally:
                self._show.close()
