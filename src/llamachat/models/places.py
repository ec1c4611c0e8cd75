"""Where the manifest of a model file is: cheap to ask, for every load does.

Knows nothing of what is in it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from llamachat.paths import data_dir


def manifest_folder() -> Path:
    """All manifests, and nothing else."""
    return data_dir() / "models"


def manifest_path(path: Path) -> Path:
    """The manifest of the file at `path`: all links to one file share it."""
    real = os.path.realpath(path)
    return manifest_folder() / f"{hashlib.sha256(os.fsencode(real)).hexdigest()[:32]}.json"
