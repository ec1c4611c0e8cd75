"""All bytes of one file, over as many connections as it takes, into its partial file.

Each connection continues where the one before it ended (Range, with If-Range while the same machine
answers). Gives up when several in a row bring nothing. Knows nothing of locks, links or the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llamachat.errors import DownloadError
from llamachat.models.control import Control
from llamachat.models.fetch.answer import judge, size_of, strong_etag
from llamachat.models.fetch.partial import Partial
from llamachat.models.fetch.progress import Teller
from llamachat.models.fetch.stream import Dropped, Paused, Stream
from llamachat.models.hub.remote import RemoteFile
from llamachat.models.patience import Patience, Waits


@dataclass(slots=True)
class Transfer:
    """One file on its way."""

    file: RemoteFile
    partial: Partial
    headers: Mapping[str, str]
    """for the hub: who asks, with which token"""
    control: Control
    teller: Teller
    patience: Patience
    size: int = 0
    """of the whole file; 0 until somebody says"""
    _conditional: bool = field(default=True, init=False)
    """whether to insist on the machine that sent the bytes so far"""
    _whole: bool = field(default=False, init=False)

    def run(self) -> None:
        """Until all bytes are there; whether they are the right ones is another question.

        Raises:
            DownloadError: they can not be had, or not be written.
            Cancelled: the person wants no more.
        """
        waits = self.patience.waits()
        while not self._complete():
            if self.control.paused:
                self.teller.tell("paused")
                self.control.wait_while_paused()
            before = self.partial.done
            try:
                self._connect()
            except Paused:
                continue
            except Dropped as drop:
                if self.partial.done > before:
                    waits.forget()
                self._wait(drop, waits)

    def _complete(self) -> bool:
        return self._whole or (self.size > 0 and self.partial.done == self.size)

    def _connect(self) -> None:
        offset = self.partial.done
        headers = dict(self.headers) | {"accept-encoding": "identity"}
        etag = self.partial.etag if self._conditional else None
        if offset:
            headers["range"] = f"bytes={offset}-"
            if etag:
                headers["if-range"] = etag
        self.teller.tell("fetching")
        stall = self.patience.stall
        with Stream(self.file.url, headers, control=self.control, stall=stall) as stream:
            head = stream.head()
            place = judge(head, self.file, offset)
            if place == "begins" and offset:
                if etag and self.file.sha256 and head.status == 200:
                    # another machine, perhaps with the same bytes: the hash will tell
                    self._conditional = False
                    return
                self._restart()
            if head.status == 416:
                raise Dropped("the server has fewer bytes than were received")
            if offset and place == "continues":
                self.partial.resumed = True
            self.size = self.size or size_of(head)
            self.partial.sent_by(strong_etag(head))
            self._receive(stream)

    def _receive(self, stream: Stream) -> None:
        self.teller.connected()
        for piece in stream.pieces():
            if self.size and self.partial.done + len(piece) > self.size:
                raise DownloadError(
                    f"The server sends more than the {self.size:,} bytes of {self.file.name}.",
                    "Try again later; what was received is kept.",
                )
            self.partial.write(piece)
            self.teller.received(len(piece))
        if self.size and self.partial.done < self.size:
            raise Dropped("the answer ended early")
        self._conditional = True
        self._whole = True

    def _restart(self) -> None:
        self.partial.restart()
        self.teller.at(0)

    def _wait(self, drop: Dropped, waits: Waits) -> None:
        wait = waits.next(drop.retry_after)
        if wait is None:
            raise DownloadError(
                f"{self.file.name} could not be fetched: {drop}.",
                f"{self.partial.done:,} bytes are kept; the same command goes on."
                if self.partial.done
                else "Try again later.",
            ) from drop
        self.teller.tell("retrying", f"{drop}; again in {wait:.0f} s")
        self.control.wait(wait)
