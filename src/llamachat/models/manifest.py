"""What is remembered of a model file once it was verified: where from, which bytes, since when.

One JSON file for each in the data folder, named after the place of the model, so that a load finds
it without a search. It is enough to say, at a load and in a millisecond, that the file is no longer
the one that was verified, and years later to hash it again. A model made of others keeps their
hashes and its recipe in it too. Knows nothing of publishers or networks.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llamachat import __version__
from llamachat.errors import LlamaChatError
from llamachat.models.checksum import Digest
from llamachat.models.places import manifest_folder, manifest_path
from llamachat.models.stored_json import StoredObject, read_object, write_object

FORMAT = 1
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Manifest:
    """One file, as it was when its bytes were last seen to be right."""

    path: Path
    sha256: str
    size: int
    mtime_ns: int
    head: str
    """SHA-256 of the first 64 KiB"""
    name: str
    """in the library"""
    date: str
    """of that moment, UTC"""
    source: str = ""
    """an address, hf:user/repo/file, or the file it was taken from"""
    revision: str = ""
    """of the repository: a commit"""
    confirmed: tuple[str, ...] = ()
    """who says that this is the right SHA-256; where nobody does, it is only what was found"""
    versions: Mapping[str, str] = field(default_factory=dict)
    """of the programs that made or fetched the file"""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """of a model that was built: names of the files it was made from, and their SHA-256"""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    """how it was built"""


def record(
    path: Path,
    *,
    sha256: str,
    name: str = "",
    source: str = "",
    revision: str = "",
    confirmed: Sequence[str] = (),
    versions: Mapping[str, str] | None = None,
    inputs: Mapping[str, str] | None = None,
    recipe: Mapping[str, Any] | None = None,
) -> Manifest:
    """Remember the file at `path`, whose bytes have this SHA-256.

    What was remembered of other bytes is replaced; of the same bytes it stands where nothing new
    is said.

    Raises:
        LlamaChatError: the file or the manifest cannot be read or written.
    """
    path = path.absolute()
    stat, head = _looked_at(path)
    known = _same_before(path, sha256) or Manifest(path, sha256, 0, 0, "", path.stem, "")
    made = Manifest(
        path=path,
        sha256=sha256,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        head=head,
        name=name or known.name,
        date=_now(),
        source=source or known.source,
        revision=revision or known.revision,
        confirmed=tuple(dict.fromkeys((*known.confirmed, *confirmed))),
        versions={"llamachat": __version__} | dict(versions or known.versions),
        inputs=dict(inputs or known.inputs),
        recipe=dict(recipe or known.recipe),
    )
    _write(made)
    return made


def _looked_at(path: Path) -> tuple[os.stat_result, str]:
    try:
        return path.stat(), _head(path)
    except OSError as error:
        raise LlamaChatError(f"{path} cannot be read: {error.strerror or error}.") from error


def _same_before(path: Path, sha256: str) -> Manifest | None:
    try:
        before = find(path)
    except LlamaChatError:  # a damaged one is replaced
        return None
    return before if before and before.sha256 == sha256 else None


def refresh(manifest: Manifest, digest: Digest, *, confirmed: Sequence[str] = ()) -> Manifest:
    """The same bytes were found again, perhaps with another date of the file."""
    made = replace(
        manifest,
        size=digest.size,
        mtime_ns=digest.mtime_ns,
        head=_head(manifest.path),
        date=_now(),
        confirmed=tuple(dict.fromkeys((*manifest.confirmed, *confirmed))),
    )
    _write(made)
    return made


def find(path: Path) -> Manifest | None:
    """What is remembered of the file at `path`, which need not be there any more.

    Raises:
        LlamaChatError: the manifest is damaged.
    """
    where = manifest_path(path)
    return _read(where) if where.exists() else None


def manifests(on_damage: Callable[[LlamaChatError], object] | None = None) -> list[Manifest]:
    """All that are remembered, by name; of a damaged one only `on_damage` hears."""
    found = []
    for where in sorted(manifest_folder().glob("*.json")):
        try:
            found.append(_read(where))
        except LlamaChatError as error:
            if on_damage is not None:
                on_damage(error)
    return sorted(found, key=lambda manifest: (manifest.name, str(manifest.path)))


def forget(path: Path) -> None:
    """Remember nothing of the file at `path`; the file itself stays."""
    manifest_path(path).unlink(missing_ok=True)


def quick_check(manifest: Manifest) -> str | None:
    """What is different from when the file was verified, by size, date and first bytes."""
    try:
        stat = manifest.path.stat()
        if stat.st_size != manifest.size:
            return f"it had {manifest.size:,} bytes and has {stat.st_size:,}"
        if _head(manifest.path) != manifest.head:
            return "its header is another"
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    return None if stat.st_mtime_ns == manifest.mtime_ns else "it was written to since"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _head(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return hashlib.sha256(file.read(_HEAD), usedforsecurity=False).hexdigest()


def _write(manifest: Manifest) -> None:
    values = asdict(manifest) | {"path": str(manifest.path)}
    write_object(manifest_path(manifest.path), {"format": FORMAT} | values)


def _read(where: Path) -> Manifest:
    """Raises LlamaChatError where it is damaged, or of a newer llamachat."""
    stored: StoredObject = read_object(where, what="manifest", newest=FORMAT)
    return Manifest(
        path=Path(stored.text("path")),
        sha256=stored.text("sha256"),
        size=stored.integer("size"),
        mtime_ns=stored.integer("mtime_ns"),
        head=stored.text("head"),
        name=stored.text("name"),
        date=stored.text("date"),
        source=stored.text("source"),
        revision=stored.text("revision"),
        confirmed=stored.texts("confirmed"),
        versions=stored.text_map("versions"),
        inputs=stored.text_map("inputs"),
        recipe=stored.mapping("recipe"),
    )
