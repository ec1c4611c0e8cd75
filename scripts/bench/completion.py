"""llama-completion as the others' figure: how long it reads a prompt, loads, and what it holds.

One run of the program a figure, with the threads that the app would take. Its own clock, which its
log shows, tells of the prompt alone and of everything up to its only token.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.cores import default_threads, read_cores
from scripts.llama_tools import tools_folder

ATTEMPTS = 8
"""its log is written by a thread that may be ended before the last lines: of a small model a run in
three tells no times"""
_PROMPT = re.compile(
    r"^(?:(\d+)\.(\d\d)\.(\d{3})\.(\d{3}) )?"  # minutes, seconds, ms, us since its start
    r".*prompt eval time =\s*([\d.]+) ms /\s*(\d+) tokens",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Completion:
    """One run that writes one token."""

    prompt: float
    """seconds for the prompt"""
    tokens: int
    written: float
    """seconds from its start to its only token"""
    peak: int
    """bytes resident at most"""


def complete(model: Path, text: str, *, n_ctx: int) -> Completion:
    """Read a text, write one token."""
    program = tools_folder("llama-completion") / "llama-completion"
    with tempfile.TemporaryDirectory() as folder:
        prompt = Path(folder) / "prompt.txt"
        prompt.write_bytes(text.encode("utf-8", "surrogateescape"))
        command = [
            *(str(program), "-m", str(model), "-f", str(prompt), "-n", "1", "-c", str(n_ctx)),
            *("-t", str(default_threads(read_cores())), "--temp", "0", "--ignore-eos"),
            *("-no-cnv", "--no-display-prompt", "--perf"),
        ]
        for _ in range(ATTEMPTS):
            if found := _run(command, Path(folder) / "log.txt"):
                return found
    sys.exit(f"{program} told no times.")


def _run(command: list[str], log: Path) -> Completion | None:
    """None where it told no times."""
    with log.open("wb") as output:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text("utf-8", "replace")
    if child.returncode:
        sys.exit(f"{command[0]} failed:\n{said[-2000:]}")
    found = _PROMPT.search(said)
    if found is None:
        return None
    minutes, seconds, ms, us = (int(part or 0) for part in found.groups()[:4])
    written = 60 * minutes + seconds + ms / 1e3 + us / 1e6 if found[1] else wall
    return Completion(float(found[5]) / 1000, int(found[6]), written, usage.ru_maxrss * 1024)
