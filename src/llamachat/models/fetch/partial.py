"""What has arrived of one file: bytes on disk, and the hash of all of them so far.

Bytes are hashed as they are written. A partial file of an earlier run is read once to get its hash
back. Beside it stands a line with the sender's name for the content (its ETag), for If-Range. Knows
nothing of networks or of names in the cache.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from llamachat.errors import DownloadError

PIECE = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Partial:
    """A context manager around the open file; what came is kept when it closes early."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done = 0
        """bytes that are there and hashed"""
        self.resumed = False
        """whether they came in several pieces, which might not belong together"""
        self._sidecar = path.with_name(f"{path.name}.etag")
        self._sha256 = hashlib.sha256()

    def __enter__(self) -> Partial:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._file = os.fdopen(descriptor, "r+b", buffering=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        empty = os.fstat(self._file.fileno()).st_size == 0
        self._file.close()
        if empty:
            self._forget()

    def recall(self, limit: int, on_read: Callable[[int], None]) -> None:
        """Hash what is there already; what is longer than the file can be is worth nothing.

        `on_read` hears how much is read so far, and may raise to stop.
        """
        size = os.fstat(self._file.fileno()).st_size
        if limit and size > limit:
            self.restart()
            return
        buffer = memoryview(bytearray(PIECE))
        while count := self._file.readinto(buffer):
            self._sha256.update(buffer[:count])
            self.done += count
            on_read(self.done)
        self.resumed = self.done > 0

    def write(self, data: bytes) -> None:
        """Raises DownloadError where the disk is full; then nothing of the file stays on it."""
        view = memoryview(data)
        try:
            while view:
                count = self._file.write(view)
                self._sha256.update(view[:count])
                self.done += count
                view = view[count:]
        except OSError as error:
            if error.errno in _FULL:
                self.discard()
            raise _unwritable(self.path, error) from error

    def restart(self) -> None:
        """Forget everything."""
        self._file.seek(0)
        self._file.truncate()
        self._sidecar.unlink(missing_ok=True)
        self._sha256 = hashlib.sha256()
        self.done, self.resumed = 0, False

    @property
    def sha256(self) -> str:
        """Of what is there."""
        return self._sha256.hexdigest()

    def git_sha1(self) -> str:
        """Git's name for what is there; for files small enough to be kept in git."""
        found = hashlib.sha1(b"blob %d\0" % self.done, usedforsecurity=False)
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            found.update(piece)
        return found.hexdigest()

    @property
    def etag(self) -> str | None:
        """What the sender of these bytes called their content."""
        try:
            return self._sidecar.read_text(encoding="ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def sent_by(self, etag: str | None) -> None:
        """Remember it for the next connection."""
        if etag == self.etag:
            return
        self._sidecar.unlink(missing_ok=True)
        if etag is not None:
            try:
                self._sidecar.write_text(etag + "\n", encoding="ascii")
            except OSError as error:
                raise _unwritable(self.path, error) from error

    def sync(self) -> None:
        """The bytes are on the disk when this returns."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._sidecar.unlink(missing_ok=True)

    def discard(self) -> None:
        """Nothing stays on the disk."""
        self.restart()
        self._forget()

    def _forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self._sidecar.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> DownloadError:
    if error.errno in _FULL:
        return DownloadError(
            f"The disk of {path.parent} is full; what was received of the file was removed.",
            "Make room, or keep models elsewhere: HF_HOME=/other/disk before the command.",
        )
    reason = (error.strerror or str(error)).rstrip(".")
    return DownloadError(
        f"{path} cannot be written: {reason}.",
        "See who may write there, or keep models elsewhere: HF_HOME=/other/folder",
    )
