"""Removing an installed model: its files, where llamachat or the hub cache keeps them.

A file that was imported where it lies stays; only what is remembered of it goes. In the hub cache a
blob stays as long as another snapshot links to it. Asks nobody.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from llamachat.errors import ModelError
from llamachat.models.library import Installed
from llamachat.models.parts import parts_of
from llamachat.models.places import manifest_path
from llamachat.paths import data_dir


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of the files."""

    freed: int
    """bytes on the disk"""
    kept: tuple[Path, ...]
    """files that are not ours to delete"""


def remove(model: Installed) -> Removed:
    """Forget the model, and delete what is ours of it.

    Raises:
        ModelError: it is Bob, or the disk refuses.
    """
    if model.manifest is None:
        raise ModelError(f"{model.name} came with llamachat and stays.", "He takes 10 MB.")
    freed, kept = 0, []
    try:
        for part in parts_of(model.path):
            remembered = manifest_path(part)
            if _is_ours(part):
                freed += _delete(part)
            else:
                kept.append(part)
            remembered.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            f"{model.name} cannot be removed: {error.strerror or error} ({error.filename})."
        ) from error
    return Removed(freed, tuple(kept))


def _is_ours(path: Path) -> bool:
    return _repository(path) is not None or path.is_relative_to(data_dir())


def _repository(path: Path) -> Path | None:
    """The repository's folder in the hub cache, for a file of one of its snapshots."""
    for folder in path.parents:
        if folder.name == "snapshots" and folder.parent.name.startswith("models--"):
            return folder.parent
    return None


def _delete(path: Path) -> int:
    """Returns the bytes that are free now."""
    repository, blob = _repository(path), path.resolve()
    size = blob.stat().st_size if blob.is_file() else 0
    linked = path.is_symlink()
    path.unlink(missing_ok=True)
    freed = size
    if linked and repository is not None and blob.parent == (repository / "blobs").resolve():
        if any(other.resolve() == blob for other in (repository / "snapshots").rglob("*")):
            freed = 0
        else:
            blob.unlink(missing_ok=True)
    _prune(path.parent, repository or data_dir())
    return freed


def _prune(folder: Path, top: Path) -> None:
    """Folders that nothing is left in, up to `top`, which stays."""
    with contextlib.suppress(OSError):  # the first that is not empty ends it
        while folder != top and folder.is_relative_to(top):
            folder.rmdir()
            folder = folder.parent
