"""What interrupted transfers left in the hub cache, to be listed and thrown away.

A partial file is worth keeping, for the next `pull` goes on with it; but a person who never comes
back to it wants the room. Knows only our own partial files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from llamachat.errors import DownloadError
from llamachat.models.hub.cache import INCOMPLETE, RepositoryFolder


@dataclass(frozen=True, slots=True)
class Leftover:
    """The beginning of a file."""

    path: Path
    repo: str
    blob: str
    """the name that the whole file would have: its SHA-256"""
    size: int
    """bytes that arrived"""
    modified: float
    """unix seconds"""


def leftovers(cache: Path) -> tuple[Leftover, ...]:
    """All of them, the latest first."""
    found = []
    for path in cache.glob(f"models--*/blobs/*{INCOMPLETE}"):
        try:
            stat = path.stat()
        except FileNotFoundError:  # just finished
            continue
        repo = path.parent.parent.name.removeprefix("models--").replace("--", "/")
        blob = path.name.removesuffix(INCOMPLETE)
        found.append(Leftover(path, repo, blob, stat.st_size, stat.st_mtime))
    return tuple(sorted(found, key=lambda leftover: -leftover.modified))


def discard(leftover: Leftover, cache: Path) -> None:
    """Throw it away.

    Raises:
        DownloadError: it is being fetched just now.
    """
    from huggingface_hub.utils import WeakFileLock

    lock = RepositoryFolder(cache, leftover.repo).lock(leftover.blob)
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with WeakFileLock(lock, timeout=0.1):
            leftover.path.unlink(missing_ok=True)
            leftover.path.with_name(f"{leftover.path.name}.etag").unlink(missing_ok=True)
    except TimeoutError:
        raise DownloadError(
            f"A file of {leftover.repo} is being fetched just now.", "Stop that first."
        ) from None
