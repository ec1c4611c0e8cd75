"""Which checksum a file should have, and who says so.

Asked are the manifest, lists of checksums beside the file or in the folder above, the metadata that
`hf download --local-dir` leaves, and the name of a blob in the hub cache, which is its checksum.
Reads nothing of the file itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from llamachat.models.checksum import SUM_FILES, read_sums
from llamachat.models.manifest import Manifest, find

_ETAG = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
OWN = "its manifest"
_HUB = "huggingface.co"
_LEVELS = 3
"""folders above a file that are asked"""
_METADATA = Path(".cache/huggingface/download")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One voice about one file."""

    digest: str
    said_by: tuple[str, ...]
    size: int = 0
    """0 where it is not said"""
    again: str = ""
    """how to get the file, where that is known"""


class Expectations:
    """Answers for any number of files; every list is read once.

    Args:
        remembered: ask the manifests of the library too.
    """

    def __init__(self, *, remembered: bool = True) -> None:
        self.remembered = remembered
        self._lists: dict[Path, dict[Path, tuple[Expectation, ...]]] = {}

    def of_file(self, path: Path) -> tuple[Expectation, ...]:
        """All voices about the file at `path`, which need not be there.

        Raises:
            LlamaChatError: a manifest or a list of checksums is damaged.
        """
        path = path.absolute()
        found: list[Expectation] = []
        if self.remembered and (manifest := find(path)):
            found.append(by_manifest(manifest))
        for folder in path.parents[:_LEVELS]:
            found += self.listed_in(folder).get(path, ())
            found += _by_metadata(folder, path)
        return _one_each([*found, *_by_blob(path)])

    def listed_in(self, folder: Path) -> dict[Path, tuple[Expectation, ...]]:
        """What the lists of checksums in a folder say, by file."""
        if folder not in self._lists:
            listed: dict[Path, tuple[Expectation, ...]] = {}
            for source in _lists_in(folder):
                for line in read_sums(source):
                    path = folder / line.name
                    voice = Expectation(line.digest, (source.name,))
                    listed[path] = (*listed.get(path, ()), voice)
            self._lists[folder] = listed
        return self._lists[folder]


def by_manifest(manifest: Manifest) -> Expectation:
    """What was right when the file was verified."""
    again = f"If you changed it on purpose: llamachat models import {quote(str(manifest.path))}"
    if manifest.recipe:
        again = f"Build it again: {manifest.recipe.get('command', 'llamachat build')}"
    elif manifest.source.startswith("hf:"):
        again = f"Get it again: llamachat models pull {quote(manifest.source)}"
    return Expectation(manifest.sha256, (OWN, *manifest.confirmed), manifest.size, again)


def _lists_in(folder: Path) -> list[Path]:
    try:
        singles = [path for path in folder.iterdir() if path.suffix == ".sha256"]
        return sorted(
            path for path in (*(folder / name for name in SUM_FILES), *singles) if path.is_file()
        )
    except OSError:  # no folder, or closed to us: nothing is said in it
        return []


def _by_metadata(folder: Path, path: Path) -> list[Expectation]:
    """Commit, ETag and time, as huggingface_hub writes them below a local folder."""
    inside = path.relative_to(folder)
    where = folder / _METADATA / inside.parent / f"{inside.name}.metadata"
    try:
        with where.open("rb") as file:
            lines = file.read(1024).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    if len(lines) < 2 or not _ETAG.fullmatch(lines[1]):
        return []
    return [Expectation(lines[1], (_HUB,))]


def _by_blob(path: Path) -> list[Expectation]:
    """A file in snapshots/ is a link to a blob that is named after its ETag."""
    real = path.resolve()
    inside = real.parent.name == "blobs" and real.parent.parent.name.startswith("models--")
    if not inside or not _ETAG.fullmatch(real.name):
        return []
    return [Expectation(real.name, (_HUB,))]


def _one_each(voices: list[Expectation]) -> tuple[Expectation, ...]:
    """Voices that say the same become one."""
    merged: dict[str, Expectation] = {}
    for voice in voices:
        first = merged.get(voice.digest, voice)
        both = tuple(dict.fromkeys((*first.said_by, *voice.said_by)))
        merged[voice.digest] = replace(first, said_by=both)
    return tuple(merged.values())
