"""What a built model was made of, held against what it was then: link by link, back to the first.

A file that is gone or was changed since takes nothing from the model that was made of it; it is
only said. Knows manifests; nothing of how models are built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from llamachat.errors import LlamaChatError
from llamachat.models.checksum import Digest, digest_file
from llamachat.models.manifest import Manifest, find

State = Literal["same", "changed", "gone", "unreadable"]
OnFile = Callable[[Path, int, int], object]
"""called with a file, the bytes of it that are hashed, and all of them"""
Hashed = dict[Path, Digest | None]
"""SHA-256 of every file that was read in one run, None where it cannot be; none is read twice"""


@dataclass(frozen=True, slots=True)
class Link:
    """One file that a model was made of."""

    path: Path
    sha256: str
    """what it had when it was read"""
    state: State


def links(
    manifest: Manifest, on_file: OnFile | None = None, hashed: Hashed | None = None
) -> Iterator[Link]:
    """All files that this one was made of, and those that these were made of.

    Args:
        hashed: what has been read already; what is read here is added to it.
    """
    hashed = {} if hashed is None else hashed
    seen: set[str] = {str(manifest.path)}
    pending = [manifest]
    while pending:
        for name, sha256 in pending.pop().inputs.items():
            if name in seen:
                continue
            seen.add(name)
            path = Path(name)
            yield Link(path, sha256, _state(path, sha256, on_file, hashed))
            if (earlier := _remembered(path)) and earlier.sha256 == sha256:
                pending.append(earlier)


def _state(path: Path, sha256: str, on_file: OnFile | None, hashed: Hashed) -> State:
    if not path.exists():
        return "gone"
    if path not in hashed:
        tell = partial(on_file, path) if on_file else None
        try:
            hashed[path] = digest_file(path, "sha256", tell)
        except LlamaChatError:
            hashed[path] = None
    found = hashed[path]
    if found is None:
        return "unreadable"
    return "same" if found.hex == sha256 else "changed"


def _remembered(path: Path) -> Manifest | None:
    try:
        return find(path)
    except LlamaChatError:  # a damaged one says nothing of what was before
        return None
