"""What the engine's library says of itself, asked in a child: loading it here could end the doctor.

A child that dies, fails or never answers is an answer too. Knows nothing of what should be better.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

PATIENCE = 60.0
"""seconds; 0.2 on a fast disk, several where a CUDA library is read for the first time"""

FACTS = (sys.executable, "-P", "-m", "llamachat.engine.llama.facts")


@dataclass(frozen=True, slots=True)
class Device:
    """A processor that a compiled-in backend found."""

    name: str
    description: str
    type: str


@dataclass(frozen=True, slots=True)
class Library:
    state: Literal["ok", "missing", "broken", "died"]
    problem: str = ""
    """what went wrong, a sentence; empty where it is "ok" """
    signal: str = ""
    """the name of the one that killed the child at load"""
    version: str = ""
    """of llama-cpp-python"""
    folder: str = ""
    sha256: str = ""
    """of the library's files"""
    system_info: str = ""
    """llama.cpp's own line of what is compiled in"""
    gpu_offload: bool = False
    ggml_version: str = ""
    ggml_commit: str = ""
    backends: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()

    @property
    def gpu_backends(self) -> tuple[str, ...]:
        return tuple(name for name in self.backends if name != "CPU")


def read_library(command: Sequence[str] = FACTS) -> Library:
    """Ask a child; its figures are those of the environment this program runs in."""
    try:
        child = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Library("broken", f"The engine did not answer within {PATIENCE:g} seconds.")
    facts: dict[str, Any] = {}
    for line in child.stdout.splitlines():
        if line.startswith("{"):
            facts.update(json.loads(line))
    return _judge(facts, child.returncode, child.stderr)


def _judge(facts: dict[str, Any], returncode: int, stderr: str) -> Library:
    error = facts.pop("error", "")
    found = {key: facts.get(key, "") for key in ("version", "folder", "sha256")}
    if returncode < 0:
        known = {number.value: number.name for number in signal.Signals}
        name = known.get(-returncode, f"signal {-returncode}")
        return Library("died", f"The engine dies of {name} when it is loaded.", name, **found)
    if returncode == 0:
        facts["backends"] = tuple(facts["backends"])
        facts["devices"] = tuple(Device(**device) for device in facts["devices"])
        return Library("ok", **facts)
    if not found["folder"]:
        return Library("missing", error or _last_line(stderr))
    return Library("broken", error or _last_line(stderr), **found)


def _last_line(stderr: str) -> str:
    """Where Python puts the error in a traceback."""
    lines = stderr.strip().splitlines()
    reason = lines[-1].strip() if lines else "it said nothing"
    return f"The engine's library cannot be loaded: {reason}"
