"""What interrupted transfers left on the disk: listed, thrown away, and collected when it is old.

A partial file is worth keeping, for the next `pull` goes on with it; but a person who never comes
back to it wants the room. Whoever fetches holds the lock of his file, so what is being fetched is
never touched. Knows only our own partial files.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from llamachat.errors import DownloadError
from llamachat.models.fetch.place import fetched_folder, lock_beside, place_of
from llamachat.models.hub.cache import INCOMPLETE, RepositoryFolder
from llamachat.models.hub.remote import RemoteFile
from llamachat.models.known import known_by_digest

OLD = 14 * 24 * 3600.0
"""seconds; what nobody went on with for a fortnight is collected"""


@dataclass(frozen=True, slots=True)
class Leftover:
    """The beginning of a file."""

    path: Path
    lock: Path
    source: str
    """where it came from, as far as its place tells: hf:user/repo, hf:user/repo/file, an address"""
    blob: str
    """the name that the whole file would have: its SHA-256, where it comes from the hub"""
    size: int
    """bytes that arrived"""
    modified: float
    """unix seconds"""


def leftovers(cache: Path) -> tuple[Leftover, ...]:
    """All of them, the latest first; those of this moment's transfers too."""
    found = [_of_hub(path, cache) for path in cache.glob(f"models--*/blobs/*{INCOMPLETE}")]
    found += [_of_address(path) for path in fetched_folder().rglob(f"*{INCOMPLETE}")]
    return tuple(sorted(filter(None, found), key=lambda left: -left.modified))


def discard(leftover: Leftover) -> None:
    """Throw it away.

    Raises:
        DownloadError: it is being fetched just now, or is not ours to delete.
    """
    from huggingface_hub.utils import WeakFileLock

    try:
        leftover.lock.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(leftover.lock, timeout=0.1):
            leftover.path.unlink(missing_ok=True)
            leftover.path.with_name(f"{leftover.path.name}.etag").unlink(missing_ok=True)
    except TimeoutError:
        raise DownloadError(
            f"{leftover.source} is being fetched just now.", "Stop that first."
        ) from None
    except OSError as error:
        raise DownloadError(
            f"{leftover.path} cannot be deleted: {error.strerror or error}.",
            f"See who may write there: ls -ld {quote(str(leftover.path.parent))}",
        ) from error


def collect(cache: Path, *, keep: Sequence[RemoteFile] = ()) -> int:
    """Throw away what is old, but for what `keep` goes on with; returns the bytes."""
    kept = {place_of(file, cache).partial for file in keep}
    freed = 0
    for left in leftovers(cache):
        if time.time() - left.modified < OLD or left.path in kept:
            continue
        try:
            discard(left)
        except DownloadError:  # paused for a fortnight, or not ours to delete
            continue
        freed += left.size
    return freed


def _of_hub(path: Path, cache: Path) -> Leftover | None:
    blob = path.name.removesuffix(INCOMPLETE)
    repo = path.parent.parent.name.removeprefix("models--").replace("--", "/")
    known = known_by_digest(blob)
    file = f"/{known.file}" if known and known.of == repo else ""
    return _leftover(path, RepositoryFolder(cache, repo).lock(blob), f"hf:{repo}{file}", blob)


def _of_address(path: Path) -> Leftover | None:
    target = path.with_name(path.name.removesuffix(INCOMPLETE))
    source = target.relative_to(fetched_folder()).as_posix()
    return _leftover(path, lock_beside(target), source, "")


def _leftover(path: Path, lock: Path, source: str, blob: str) -> Leftover | None:
    try:
        stat = path.stat()
    except FileNotFoundError:  # just finished
        return None
    return Leftover(path, lock, source, blob, stat.st_size, stat.st_mtime)
