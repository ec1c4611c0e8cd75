"""How much room a folder's disk has; the folder itself need not exist yet."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.places import expanded, is_there


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Bytes of the file system that holds (or would hold) a folder."""

    total: int
    free: int
    """for this user: blocks reserved for root are not counted"""
    device: int
    """the same for every folder of the file system"""


def read_disk(folder: Path) -> DiskSpace:
    """The file system of the folder, or of its nearest parent that exists."""
    while True:
        place = existing_folder(folder)
        try:
            usage = shutil.disk_usage(place)
            return DiskSpace(total=usage.total, free=usage.free, device=place.stat().st_dev)
        except FileNotFoundError:  # removed just now: its parent is next
            continue


def existing_folder(folder: Path) -> Path:
    """The folder itself, or the nearest parent that exists: there it would be made."""
    place = expanded(folder).absolute()
    while not is_there(place) and place != place.parent:  # closed ones count as not there
        place = place.parent
    return place
