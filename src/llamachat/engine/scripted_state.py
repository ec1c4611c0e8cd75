"""The state of a scripted engine on disk: its token log as JSON, under a key. Knows no engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from llamachat.errors import EngineError

_MAX_BYTES = 64 << 20


def write_state(path: Path, key: str, log: Sequence[tuple[str, int]]) -> None:
    """Raises EngineError where it cannot be written."""
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"key": key, "log": log}), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        reason = f"The state could not be written to {path.parent}: {error.strerror}."
        raise EngineError(reason) from None


def read_state(path: Path, key: str, n_ctx: int) -> list[tuple[str, int]]:
    """The log that was saved under this key; empty where the file says anything else."""
    try:
        with path.open("rb") as file:
            state = json.loads(file.read(_MAX_BYTES))
        log = [(piece, turn) for piece, turn in state["log"]]
        sound = all(isinstance(piece, str) and isinstance(turn, int) for piece, turn in log)
        return log if sound and state["key"] == key and len(log) <= n_ctx else []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
