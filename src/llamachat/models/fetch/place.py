"""Where a file's bytes belong, and how they get there: one lock, one rename, one link.

Inside the hub cache exactly as huggingface_hub leaves them, under the same lock; a file from any
other address goes below data_dir()/fetched. The final names appear only here, after verification.
Knows nothing of networks or hashes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from llamachat.errors import DownloadError
from llamachat.models.hub.cache import INCOMPLETE, RepositoryFolder
from llamachat.models.hub.remote import RemoteFile
from llamachat.paths import data_dir

LOOK = 0.2
"""seconds between two tries for the lock"""


@dataclass(frozen=True, slots=True)
class Place:
    """The names of one file on this disk."""

    bytes: Path
    partial: Path
    lock: Path
    link: Path | None = None
    """in the snapshot; a file of its own where links are impossible"""
    ref: Path | None = None
    commit: str = ""

    @property
    def path(self) -> Path:
        """What a person and the engine are given."""
        return self.link or self.bytes

    def present(self) -> Path | None:
        """The complete bytes, if somebody put them there."""
        places = (self.bytes, self.link) if self.link else (self.bytes,)
        return next((place for place in places if place.is_file()), None)

    @contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Alone with this file; `waiting` is called again and again meanwhile, and may raise."""
        from huggingface_hub.utils import WeakFileLock

        try:
            self.lock.parent.mkdir(parents=True, exist_ok=True)
            self.bytes.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(self.bytes.parent, error) from error
        while True:
            lock = WeakFileLock(self.lock, timeout=LOOK)
            try:
                lock.__enter__()
            except TimeoutError:
                waiting()
                continue
            except OSError as error:
                raise _refused(self.lock, error) from error
            break
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def finish(self) -> None:
        """The partial file, verified and on the disk, takes its name."""
        try:
            self.partial.replace(self.bytes)
            _sync(self.bytes.parent)
        except OSError as error:
            raise _refused(self.bytes, error) from error

    def show(self) -> None:
        """The snapshot leads to the bytes, the branch to the snapshot; writes only what is new."""
        try:
            if self.link is not None and not self._leads():
                self.link.parent.mkdir(parents=True, exist_ok=True)
                self._link(self.link)
            if self.ref is not None and not _says(self.ref, self.commit):
                _write(self.ref, self.commit)
        except OSError as error:
            raise _refused(self.path, error) from error

    def _leads(self) -> bool:
        assert self.link is not None
        if not self.bytes.is_file():
            return self.link.is_file()
        return self.link.is_file() and self.link.samefile(self.bytes)

    def _link(self, link: Path) -> None:
        """Relative, so that the cache may be moved; where links are impossible the bytes move."""
        fresh = link.with_name(f".{link.name}.{os.getpid()}.link")
        fresh.unlink(missing_ok=True)
        try:
            if _links_forbidden():
                raise PermissionError
            fresh.symlink_to(os.path.relpath(self.bytes, link.parent))
        except (OSError, NotImplementedError):
            self.bytes.replace(link)
            return
        fresh.replace(link)


def place_of(file: RemoteFile, cache: Path) -> Place:
    """Where `file` belongs."""
    if not file.repo:
        target = _own_place(file.url)
        partial = target.with_name(target.name + INCOMPLETE)
        return Place(target, partial, lock_beside(target))
    folder = RepositoryFolder(cache, file.repo)
    blob = folder.blobs / file.blob
    return Place(
        bytes=blob,
        partial=blob.with_name(file.blob + INCOMPLETE),
        lock=folder.lock(file.blob),
        link=folder.snapshot(file.revision, file.path),
        ref=folder.ref(file.ref) if file.ref else None,
        commit=file.revision,
    )


def fetched_folder() -> Path:
    """Where files of all addresses but the hub's are kept."""
    return data_dir() / "fetched"


def lock_beside(target: Path) -> Path:
    """Of a file in that folder."""
    return target.with_name(f".{target.name}.lock")


def _own_place(url: str) -> Path:
    """data_dir()/fetched/host/path: the same address always means the same file, another one
    another; a query counts, in a folder that is named after it."""
    split = urlsplit(url)
    *folders, name = [_plain(unquote(part)) for part in split.path.split("/") if part] or ["_"]
    if split.query:
        folders.append(hashlib.sha256(split.query.encode()).hexdigest()[:8])
    host = _plain(split.netloc.rpartition("@")[2] or "host")
    return fetched_folder().joinpath(host, *folders[-8:], name)


def _plain(part: str) -> str:
    """A name that cannot lead elsewhere."""
    return re.sub(r"[^\w.+-]", "_", part)[:128].lstrip(".") or "_"


def _links_forbidden() -> bool:
    return os.environ.get("HF_HUB_DISABLE_SYMLINKS", "").upper() in ("1", "ON", "YES", "TRUE")


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)


def _sync(folder: Path) -> None:
    """The new name survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(path: Path, error: OSError) -> DownloadError:
    reason = (error.strerror or str(error)).rstrip(".")
    return DownloadError(
        f"{path} cannot be written: {reason}.",
        "See who may write there, or keep models elsewhere: HF_HOME=/other/folder",
    )
