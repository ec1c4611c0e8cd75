"""Which file type this processor computes faster, measured once with generated models in a child.

The figures are kept in the cache folder, for one processor, build of the engine and number of
threads. Knows no published model.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from llamachat.engine.build_id import build_id
from llamachat.engine.ladder import Ladder
from llamachat.engine.typed import build
from llamachat.errors import EngineError, LlamaChatError
from llamachat.gguf.types import file_type
from llamachat.hardware.cores import default_threads, read_cores
from llamachat.hardware.isa import read_cpu
from llamachat.models.stored_json import read_object, write_object
from llamachat.paths import cache_dir

_FORMAT = 1
PATIENCE = 60.0
"""seconds for the child, which takes two on a machine that is not busy"""
ASKED, ANSWERED = 150, 100
"""tokens of a usual turn, read and written"""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds per token of a small generated model."""

    ftype: str
    read: float
    write: float

    @property
    def turn(self) -> float:
        """Seconds of a usual turn."""
        return ASKED * self.read + ANSWERED * self.write


def measured_speeds(ftypes: Sequence[str]) -> tuple[Speed, ...]:
    """Those remembered, or measured now (2 s).

    Raises:
        EngineError: the engine is missing, or died of it.
        UnsupportedCPU: it does not run on this processor.
    """
    return remembered_speeds(ftypes) or _measure(ftypes)


def remembered_speeds(ftypes: Sequence[str]) -> tuple[Speed, ...]:
    """What was measured before; nothing where one of them was not."""
    try:
        stored = read_object(speed_path(), what="measured speed", newest=_FORMAT)
        if stored.text("machine") != _machine():
            return ()
        speeds = {
            ftype: build(Speed, item, "speed") for ftype, item in stored.mapping("speeds").items()
        }
        return tuple(speeds[ftype] for ftype in ftypes)
    except (LlamaChatError, KeyError):
        return ()  # a missing or damaged file: measured again


def speed_path() -> Path:
    return cache_dir() / "speed.json"


def _measure(ftypes: Sequence[str]) -> tuple[Speed, ...]:
    threads = default_threads(read_cores())
    types = {file_type(ftype).tensor_type for ftype in ftypes} | {"q6_K"}
    plain = Ladder.open(threads).choose(types).rung == "plain"
    with tempfile.TemporaryDirectory(prefix="llamachat-race-") as folder:
        output = _run_child([
            *("--ftypes", ",".join(ftypes), "--threads", str(threads)),
            *(["--plain"] if plain else []),
            folder,
        ])  # fmt: skip
    speeds = tuple(build(Speed, json.loads(line), "speed") for line in output.splitlines())
    values = {speed.ftype: asdict(speed) for speed in speeds}
    with contextlib.suppress(LlamaChatError):  # a full disk: measured again next time
        write_object(speed_path(), {"format": _FORMAT, "machine": _machine(), "speeds": values})
    return speeds


def _run_child(arguments: Sequence[str]) -> bytes:
    command = [sys.executable, "-P", "-m", "llamachat.engine.llama.race", *arguments]
    # Threads that spin while they wait would measure the other programs.
    environ = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise EngineError(f"No speed could be measured in {PATIENCE:.0f} s.") from late
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise EngineError(f"No speed could be measured: {(words or ['the engine died'])[-1]}")
    return done.stdout


def _machine() -> str:
    return f"{read_cpu().key} | {build_id()} | {default_threads(read_cores())} threads"
