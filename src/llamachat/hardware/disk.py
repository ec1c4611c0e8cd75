"""How much room a folder's disk has; the folder itself need not exist yet."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Bytes of the file system that holds (or would hold) a folder."""

    total: int
    free: int
    """for this user: blocks reserved for root are not counted"""


def read_disk(folder: Path) -> DiskSpace:
    """The file system of the folder, or of its nearest parent that exists."""
    place = folder.expanduser().absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    usage = shutil.disk_usage(place)
    return DiskSpace(total=usage.total, free=usage.free)
