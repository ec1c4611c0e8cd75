"""What the installed engine can really run here: one child per suspicion, results per tensor type.

The child (`engine.llama.evaluate`) evaluates a tiny generated model of each type on both rungs. If
it dies, the evaluation it had announced is to blame, and another child goes on with the next type.
Knows how to ask; what is made of the answers is the ladder's business.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llamachat.errors import EngineError

Rung = Literal["fast", "plain"]
Outcome = Literal["ok", "crashed", "wrong"]

SURVEYED = (
    "f32", "f16", "bf16", "q4_0", "q4_1", "q5_0", "q5_1", "q8_0",
    "q2_K", "q3_K", "q4_K", "q5_K", "q6_K", "iq4_nl", "iq4_xs",
)  # fmt: skip
"""tensor types evaluated; the fast rung has kernels of its own only for some of these"""

SECONDS = 60.0
"""for one child; all types on both rungs take 0.3 s on two cores of a 2024 server"""


@dataclass(frozen=True, slots=True)
class RungResult:
    """How one tensor type fared on one rung."""

    rung: Rung
    tensor_type: str
    outcome: Outcome
    detail: str = ""
    """the signal that killed it, or the relative difference between the rungs"""
    buffer: str = ""
    """llama.cpp's name for the rearranged copy of such weights, empty where it makes none"""


def run_survey(threads: int, types: Sequence[str] = SURVEYED) -> tuple[RungResult, ...]:
    """Evaluate every type on both rungs, in children that may die.

    Raises:
        EngineError: the engine is not installed or cannot be loaded at all.
    """
    results: list[RungResult] = []
    remaining = list(types)
    with tempfile.TemporaryDirectory(prefix="llamachat-survey-") as folder:
        while remaining:
            lines, ending = _run_child(remaining, threads, folder)
            found = _read(lines, ending)
            results += found
            seen = {result.tensor_type for result in found}
            if not seen:  # it died before the first evaluation
                return tuple(results) + _all_crashed(remaining, ending)
            remaining = [name for name in remaining if name not in seen]
    return tuple(results)


def _run_child(types: Sequence[str], threads: int, folder: str) -> tuple[list[dict[str, Any]], str]:
    command = [
        *(sys.executable, "-P", "-m", "llamachat.engine.llama.evaluate"),
        *("--types", ",".join(types), "--threads", str(threads), folder),
    ]
    # Threads that spin while they wait need 10 to 20 s where other programs keep the CPUs busy.
    environ = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, timeout=SECONDS, check=False
        )
        output, ending = done.stdout, _ending(done.returncode)
        error = done.stderr.decode("utf-8", "replace").strip()
    except subprocess.TimeoutExpired as late:
        output, ending, error = late.stdout or b"", f"no answer in {SECONDS:.0f} s", ""
    lines = [json.loads(line) for line in output.splitlines() if line.endswith(b"}")]
    if lines and lines[-1]["stage"] == "error":
        raise EngineError(lines[-1]["message"], lines[-1]["hint"])
    if not lines and ending.startswith("code"):
        raise EngineError(
            f"The engine cannot be examined: {error.splitlines()[-1] if error else ending}.",
            "Run `llamachat doctor --rebuild`.",
        )
    return lines, ending


def _ending(code: int) -> str:
    if code >= 0:
        return f"code {code}" if code else ""
    known = {s.value: s.name for s in signal.Signals}
    return known.get(-code, f"signal {-code}")


def _read(lines: Sequence[dict[str, Any]], ending: str) -> list[RungResult]:
    """Results told, and the crash of an evaluation that was announced and never told."""
    found = [
        RungResult(line["rung"], line["type"], line["stage"], line["detail"], line["buffer"])
        for line in lines
        if line["stage"] != "start"
    ]
    if lines and lines[-1]["stage"] == "start":
        rung, name = lines[-1]["rung"], lines[-1]["type"]
        found.append(RungResult(rung, name, "crashed", ending))
        if rung == "plain":
            found.append(RungResult("fast", name, "crashed", "not tried"))
    return found


def _all_crashed(types: Sequence[str], ending: str) -> tuple[RungResult, ...]:
    rungs: tuple[Rung, ...] = ("plain", "fast")
    return tuple(RungResult(rung, name, "crashed", ending) for name in types for rung in rungs)
