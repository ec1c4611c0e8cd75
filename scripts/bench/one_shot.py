"""Whole one-shot commands, ours and llama-completion: wall time, time to load, peak memory.

Both get the same prompt, threads and number of tokens, greedy. Peak memory is the kernel's figure
for the finished child and its children (ru_maxrss).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from llamachat.hardware.cores import default_threads, read_cores
from scripts.bench import machine

PROMPT = "The largest city in Europe is the one that most people think of first,"


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both commands, a value for each round."""

    theirs: Sequence[float]
    ours: Sequence[float]
    unit: str

    @property
    def ratio(self) -> float:
        return median(a / b for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def difference(self) -> float:
        return median(a - b for a, b in zip(self.ours, self.theirs, strict=True))


def compare(model: Path, program: Path, n_predict: int, rounds: int) -> dict[str, Compared]:
    """Run both commands in turn; who begins changes from round to round."""
    flags = ["-m", str(model), "-p", PROMPT, "--temp", "0", "--ignore-eos", "-c", "2048"]
    threads = str(default_threads(read_cores()))
    commands = {
        "theirs": [str(program), *flags, "-no-cnv", "--no-display-prompt", "-t", threads],
        "ours": [sys.executable, "-m", "llamachat", *flags, "-no-cnv"],
    }
    lengths = (1, n_predict)
    runs: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for number in range(1, rounds + 1):
        machine.say(f"round {number} of {rounds}: one-shot commands")
        for length in lengths:
            for name in commands if number % 2 else reversed(commands):
                run = _run([*commands[name], "-n", str(length)])
                runs.setdefault((name, length), []).append(run)
    results = {}
    for length in lengths:
        label = f"{length} token{'s' if length > 1 else ' (load and prefill)'}, wall"
        theirs, ours = (_column(runs[name, length], 0) for name in commands)
        results[label] = Compared(theirs, ours, "s")
    theirs, ours = (_column(runs[name, n_predict], 1) for name in commands)
    return {**results, "peak memory": Compared(theirs, ours, "GB")}


def _column(runs: Sequence[tuple[float, float]], index: int) -> list[float]:
    return [run[index] for run in runs]


def _run(command: Sequence[str]) -> tuple[float, float]:
    """(wall seconds, peak gigabytes) of a command; its output is thrown away."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            sys.exit(f"{command[0]} failed: {errors.read().decode('utf-8', 'replace')[-2000:]}")
    return seconds, usage.ru_maxrss * 1024 / 1e9
