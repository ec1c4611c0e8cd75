"""What was measured, kept in the cache folder: for one processor with its quota, one build of the
engine, one model file and one rung.

A file that is damaged, too large or of another version counts as empty: it is measured again.
Knows nothing of how anything is measured.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from llamachat.engine.base import EngineInfo
from llamachat.engine.build_id import build_id
from llamachat.engine.params import EngineOptions
from llamachat.engine.state_key import fingerprint, model_parts
from llamachat.engine.tuning.candidates import present
from llamachat.engine.tuning.values import Tuning, Verdict
from llamachat.engine.typed import build
from llamachat.errors import LlamaChatError, UsageError
from llamachat.hardware.cores import Cores, read_cores
from llamachat.hardware.isa import read_cpu
from llamachat.paths import cache_dir
from llamachat.text_file import TextError, read_text, write_whole

_VERSION = 1
MAX_BYTES = 1 << 20
MAX_MODELS = 64
"""those measured longest ago go first"""


def tuning_path() -> Path:
    return cache_dir() / "tuning.json"


def machine_words() -> str:
    """Everything of a machine that a tuning depends on."""
    return f"{read_cpu().key}, {_cores_words(read_cores())}, engine {build_id()}"


def tuning_key(model: Path, *, fast: bool) -> str:
    """Names what a tuning holds for; empty where the model cannot be read.

    Args:
        fast: the rung of the capability ladder.
    """
    try:
        parts = [fingerprint(part) for part in model_parts(model)]
    except OSError:
        return ""
    facts = [machine_words(), parts, "fast" if fast else "plain"]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def remembered(model: Path, *, fast: bool) -> Tuning | None:
    """What was found for this model, here, with this engine."""
    if not tuning_path().exists():  # what most starts find; a key would cost them 10 ms
        return None
    key = tuning_key(model, fast=fast)
    return all_remembered().get(key) if key else None


def all_remembered() -> dict[str, Tuning]:
    """Everything that can be understood, by key, the oldest first."""
    found: dict[str, Tuning] = {}
    for key, value in _load().items():
        try:
            found[key] = build(Tuning, value, "part of a tuning")
        except UsageError:
            continue
    return found


def remember(key: str, tuning: Tuning) -> None:
    """Raises LlamaChatError where it cannot be written."""
    if not key:
        raise LlamaChatError(f"{tuning.model} cannot be read, so nothing is remembered of it.")
    kept = {name: value for name, value in _load().items() if name != key}
    kept[key] = asdict(tuning)
    _save(dict(list(kept.items())[-MAX_MODELS:]))


def remember_search(
    options: EngineOptions, info: EngineInfo, verdicts: tuple[Verdict, ...], *, why_not: str = ""
) -> Tuning:
    """What came of a search on an engine that was loaded with these options, remembered.

    Raises LlamaChatError where it cannot be written.
    """
    tuning = Tuning(
        options.model.name, machine_words(), time.time(), present(options, info), verdicts, why_not
    )
    remember(tuning_key(options.model, fast=info.rung == "fast"), tuning)
    return tuning


def forget(keys: Iterable[str] | None = None) -> int:
    """Forget these, or all; returns how many there were.

    Raises LlamaChatError where the file cannot be written.
    """
    known = _load()
    gone = set(known) if keys is None else set(keys) & set(known)
    if gone:
        _save({key: value for key, value in known.items() if key not in gone})
    return len(gone)


def _cores_words(cores: Cores) -> str:
    quota = "no quota" if cores.quota is None else f"quota {cores.quota:g}"
    return (
        f"{cores.physical} cores ({cores.performance} fast), "
        f"{cores.affinity} of {cores.logical} CPUs, {quota}"
    )


def _load() -> dict[str, Any]:
    try:
        found = json.loads(read_text(tuning_path(), MAX_BYTES))
    except (OSError, TextError, ValueError, RecursionError):
        return {}
    match found:
        case {"version": version, "models": dict(models)} if version == _VERSION:
            return models
    return {}


def _save(models: dict[str, Any]) -> None:
    path = tuning_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps({"version": _VERSION, "models": models}, indent=1))
    except OSError as error:
        raise LlamaChatError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Free some space, or check who may write there.",
        ) from error
