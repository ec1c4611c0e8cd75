"""Where llamachat keeps its files; `LLAMACHAT_HOME` moves all of it under one folder.

Configuration, chats, caches and logs follow each platform's convention (XDG on Linux).
Nothing is created here: the writer of a file makes its folder.
"""

from __future__ import annotations

import os
from pathlib import Path

APP = "llamachat"


def _folder(kind: str) -> Path:
    home = os.environ.get("LLAMACHAT_HOME")
    if home:
        return Path(os.path.expanduser(home)) / kind  # noqa: PTH111
    import platformdirs  # 4 ms; not needed by `--help`

    found: Path = getattr(platformdirs, f"user_{kind}_path")(APP, appauthor=False)
    return found


def config_dir() -> Path:
    """Settings and prompt templates that a person edits."""
    return _folder("config")


def data_dir() -> Path:
    """Chats: what must never be lost."""
    return _folder("data")


def cache_dir() -> Path:
    """KV snapshots, the capability ladder, generated probes: safe to delete."""
    return _folder("cache")


def state_dir() -> Path:
    """Logs and input history."""
    return _folder("state")
