"""Which model to get first: the best of a short list that fits into this machine's memory.

Knows nothing of fetching.
"""

from __future__ import annotations

from collections.abc import Iterator

from llamachat.models.catalog import Entry, catalog
from llamachat.models.fit import Fit, judge


def suggestions(ftype: str = "") -> Iterator[Entry]:
    """The short list, the best first: of each family the file of this type, else its first."""
    families: dict[str, list[Entry]] = {}
    for entry in catalog():
        if entry.suggested:
            families.setdefault(entry.family, []).append(entry)
    for files in families.values():
        yield next((entry for entry in files if entry.ftype == ftype), files[0])


def suggest(usable: int, ftype: str = "") -> tuple[Entry, Fit]:
    """The first that fits, else the first that fits barely, else the smallest, with its verdict."""
    verdicts = [(entry, judge(entry.need, usable)) for entry in suggestions(ftype)]
    for wanted in ("fits", "fits barely"):
        for entry, verdict in verdicts:
            if verdict == wanted:
                return entry, verdict
    return verdicts[-1]
