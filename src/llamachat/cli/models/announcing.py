"""What is said of files before they are fetched: name, size, origin, and how much is here already.

Looks at the disk; asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llamachat.models.fetch.place import place_of
from llamachat.models.fit import gigabytes
from llamachat.models.hub import Hub, RemoteFile

Facts = dict[str, Any]


def facts_of(file: RemoteFile, hub: Hub) -> Facts:
    """What scripts are told of a file."""
    place = place_of(file, hub.cache)
    present = place.present()
    there = present or place.partial
    return {
        "file": file.name,
        "source": file.source,
        "revision": file.revision,
        "size": file.size,
        "sha256": file.sha256,
        "received": there.stat().st_size if there.is_file() else 0,
        "complete": present is not None,
        "path": str(place.path),
    }


def summary(files: Sequence[Facts]) -> str:
    """One sentence for a person."""
    first, total = files[0], sum(facts["size"] for facts in files)
    parts = f" and {len(files) - 1} more" if len(files) > 1 else ""
    size = gigabytes(total) if total else "of unknown size"
    commit = f" at {first['revision'][:10]}" if first["revision"] else ""
    return f"{first['file']}{parts}, {size}, from {first['source']}{commit}{_here(files, total)}"


def _here(files: Sequence[Facts], total: int) -> str:
    if all(facts["complete"] for facts in files):
        return ": it is here already."
    received = sum(facts["received"] for facts in files)
    return f": {gigabytes(received)} of it are here." if received else "."
