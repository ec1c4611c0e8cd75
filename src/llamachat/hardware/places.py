"""What is at a path that a person typed: a closed folder, a name too long, or a home of nobody
is no reason to fail, as it is for `pathlib`. Such a place counts as one where nothing is.
"""

from __future__ import annotations

import os
from pathlib import Path


def expanded(text: str | Path) -> Path:
    """With the home in place of ~; that of nobody stays as it is, as a shell leaves it."""
    try:
        return Path(os.path.expanduser(text))  # noqa: PTH111
    except ValueError:  # a zero byte in the name of a person
        return Path(text)


def is_there(path: str | Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110


def is_folder(path: str | Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112
