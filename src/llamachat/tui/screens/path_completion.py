"""What a half-typed path may go on with: folders, and the model files in them.

Looks at a bounded number of entries of one folder. Knows nothing of widgets.
"""

from __future__ import annotations

import os
from itertools import islice

from llamachat.hardware.places import expanded

MAX_ENTRIES = 5_000
MAX_OFFERED = 100
SUFFIX = ".gguf"


def is_path(text: str) -> bool:
    """Whether a typed text means a place on the disk rather than words to look for."""
    return "/" in text or text.startswith(("~", ".")) or text.lower().endswith(SUFFIX)


def complete_path(text: str) -> list[str]:
    """Texts that begin with the typed one, folders with a slash at their end and the typed path
    itself first; empty where the folder is not there or cannot be read."""
    if text in ("~", ".", ".."):
        return [f"{text}/"]
    start = text.rpartition("/")[2]
    typed = text.removesuffix(start) if start else text
    try:
        with os.scandir(expanded(typed or ".")) as scan:
            entries = [entry for entry in islice(scan, MAX_ENTRIES) if _wanted(entry, start)]
    except (OSError, ValueError):  # no such folder, a zero byte
        return []
    offered = [f"{typed}{entry.name}{'/' if entry.is_dir() else ''}" for entry in entries]
    return sorted(offered, key=lambda path: (path != text, not path.endswith("/"), path))[
        :MAX_OFFERED
    ]


def _wanted(entry: os.DirEntry[str], start: str) -> bool:
    """Hidden entries are offered where the typed name begins with a dot."""
    if not entry.name.lower().startswith(start.lower()):
        return False
    if entry.name.startswith(".") and not start.startswith("."):
        return False
    return entry.is_dir() or entry.name.lower().endswith(SUFFIX)
