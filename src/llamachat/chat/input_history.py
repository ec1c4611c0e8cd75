"""The lines a person typed before, kept across runs: one JSON string a line, the newest last.

The plain chat and the full-screen one share the file. Knows nothing of keyboards or of messages.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TextIO

from llamachat.paths import state_dir

MAX_ENTRIES = 1000
MAX_ENTRY = 1 << 16
"""characters of one entry; what was longer keeps its beginning"""
MAX_BYTES = 4 << 20
"""of the file that are read: its newest part"""


def history_path() -> Path:
    return state_dir() / "history.jsonl"


def read_history(path: Path) -> list[str]:
    """The entries, oldest first; damaged lines are left out."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - MAX_BYTES))
            data = file.read(MAX_BYTES)
    except OSError:  # no history yet, or none that can be read: begin with an empty one
        return []
    rows = data.decode("utf-8", errors="replace").split("\n")[-MAX_ENTRIES - 1 :]
    return [entry for entry in map(_entry, rows) if entry][-MAX_ENTRIES:]


def append_history(path: Path, entry: str) -> None:
    """Add an entry at once, so that a killed dialog has kept it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _private(path, os.O_APPEND) as file:
        file.write(json.dumps(entry[:MAX_ENTRY]) + "\n")


def trim_history(path: Path) -> None:
    """Keep the newest MAX_ENTRIES."""
    kept = read_history(path)
    partial = path.with_suffix(".part")
    with _private(partial, os.O_TRUNC) as file:
        file.writelines(json.dumps(entry) + "\n" for entry in kept)
    partial.replace(path)


def _private(path: Path, how: int) -> TextIO:
    """What a person typed is for that person's eyes."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "w", encoding="utf-8")


def _entry(row: str) -> str:
    try:
        found = json.loads(row)
    except (ValueError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""
