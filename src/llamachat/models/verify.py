"""Files and folders of weights held against every checksum that is known of them.

A verdict for each file: right (who says so), wrong (what it is instead), missing (a list names it),
or unknown (nobody says; then at least its structure is looked at). What is right and in the library
is remembered as verified now. Knows nothing of how verdicts are shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from llamachat.errors import ModelError
from llamachat.models.chain import Hashed, Link, links
from llamachat.models.checksum import Algorithm, Digest, algorithm_of, digest_file
from llamachat.models.expected import OWN, Expectation, Expectations
from llamachat.models.known import known_by_digest
from llamachat.models.manifest import Manifest, find, refresh
from llamachat.models.mismatch import Mismatch, explain
from llamachat.models.whole import WEIGHTS, fault_of

State = Literal["right", "wrong", "missing", "unknown"]
OnFile = Callable[[Path, int, int], object]
"""called with a file, the bytes of it that are hashed, and all of them"""

MAX_DEPTH = 5
MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one file."""

    path: Path
    state: State
    digest: str = ""
    """what it has: by the algorithm that was asked for, else SHA-256"""
    said_by: tuple[str, ...] = ()
    """who says what it should have"""
    mismatch: Mismatch | None = None
    note: str = ""
    """more about it: the rest of a sentence that begins with its name"""
    remedy: str = ""
    links: tuple[Link, ...] = ()
    """what it was built from; nothing of that makes it bad"""

    @property
    def is_bad(self) -> bool:
        return self.state in ("wrong", "missing")


def verify_file(
    path: Path,
    expectations: Expectations | None = None,
    on_file: OnFile | None = None,
    hashed: Hashed | None = None,
) -> Verdict:
    """Hold one file against all that is known of it.

    Args:
        hashed: what this run has read already; what is read here is added to it.

    Raises:
        LlamaChatError: the file, its manifest or a list of checksums cannot be read.
    """
    expectations = expectations or Expectations()
    hashed = {} if hashed is None else hashed
    voices = expectations.of_file(path)
    if not path.exists():
        return _missing(path, voices)
    digests: dict[Algorithm, Digest] = {}
    for voice in voices:
        algorithm = algorithm_of(voice.digest)
        if algorithm not in digests:
            digests[algorithm] = _hash(path, algorithm, on_file, hashed)
        if digests[algorithm].hex != voice.digest:
            return _wrong(path, voice, digests[algorithm])
    if not voices:
        return _unlisted(path, _hash(path, "sha256", on_file, hashed))
    said_by = tuple(dict.fromkeys(name for voice in voices for name in voice.said_by))
    manifest = find(path) if expectations.remembered else None
    if manifest is not None:
        _remember(manifest, said_by, digests)
    digest = digests.get("sha256") or next(iter(digests.values()))
    chain = tuple(links(manifest, on_file, hashed)) if manifest is not None else ()
    note = _recognised(path, digest.hex)
    return Verdict(path, "right", digest.hex, said_by, note=note, links=chain)


def verify_folder(
    folder: Path,
    expectations: Expectations | None = None,
    on_file: OnFile | None = None,
    hashed: Hashed | None = None,
) -> Iterator[Verdict]:
    """All weights below a folder, and all files that lists of checksums in it name.

    Raises:
        ModelError: it cannot be read, or nothing in it can be verified.
    """
    expectations = expectations or Expectations()
    files = _files_to_verify(folder, expectations)
    if not files:
        raise ModelError(
            f"{folder} holds neither weights nor a list of checksums.",
            "Give the folder that holds checklist.chk, SHA256SUMS or the weights.",
        )
    for path in files:
        yield verify_file(path, expectations, on_file, hashed)


def _files_to_verify(folder: Path, expectations: Expectations) -> list[Path]:
    found: dict[Path, None] = {}
    entries = 0
    for where, folders, names in os.walk(folder, onerror=_unreadable):
        here = Path(where)
        entries += len(names) + len(folders)
        depth = len(here.relative_to(folder).parts)
        if depth >= MAX_DEPTH or entries > MAX_ENTRIES:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        listed = expectations.listed_in(here.absolute())
        found |= dict.fromkeys(sorted(listed))
        weights = [name for name in names if name.lower().endswith(WEIGHTS)]
        found |= dict.fromkeys((here / name).absolute() for name in sorted(weights))
    return list(found)


def _unreadable(error: OSError) -> None:
    raise ModelError(f"{error.filename} cannot be read: {error.strerror or error}.")


def _hash(path: Path, algorithm: Algorithm, on_file: OnFile | None, hashed: Hashed) -> Digest:
    """The checksum that this run has found of it, if it is the one that is asked for."""
    place = path.absolute()
    if algorithm == "sha256" and (known := hashed.get(place)):
        return known
    tell = partial(on_file, path) if on_file else None
    digest = digest_file(path, algorithm, tell)
    if algorithm == "sha256":
        hashed[place] = digest
    return digest


def _missing(path: Path, voices: tuple[Expectation, ...]) -> Verdict:
    if not voices:
        raise ModelError(f"There is no file {path}.")
    voice = voices[0]
    return Verdict(
        path,
        "missing",
        said_by=voice.said_by,
        note="is missing",
        remedy=voice.again or "Get it from where the others came.",
    )


def _wrong(path: Path, voice: Expectation, digest: Digest) -> Verdict:
    found = explain(path, voice.digest, digest, size=voice.size, again=voice.again)
    return Verdict(path, "wrong", digest.hex, voice.said_by, found, found.cause, found.remedy)


def _unlisted(path: Path, digest: Digest) -> Verdict:
    known = known_by_digest(digest.hex)
    if known:
        note = _recognised(path, digest.hex) or f"is {known.title}"
        return Verdict(path, "right", digest.hex, ("the list of known files",), note=note)
    if fault := fault_of(path):
        return Verdict(path, "wrong", digest.hex, note=fault, remedy="Get it again.")
    return Verdict(
        path,
        "unknown",
        digest.hex,
        note="looks whole, but nobody says which checksum it should have",
    )


def _recognised(path: Path, digest: str) -> str:
    """What the file is, where its name does not say it."""
    known = known_by_digest(digest)
    if known is None:
        return ""
    old = ", in a format that llama.cpp no longer reads" if known.is_old_format else ""
    return f"is {known.title}{old}" if old or known.file != path.name else ""


def _remember(
    manifest: Manifest, said_by: tuple[str, ...], digests: dict[Algorithm, Digest]
) -> None:
    if digest := digests.get("sha256"):
        refresh(manifest, digest, confirmed=[name for name in said_by if name != OWN])
