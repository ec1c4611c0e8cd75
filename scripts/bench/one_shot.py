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
from pathlib import Path
from statistics import median

from llamachat.hardware.cores import default_threads, read_cores
from scripts.bench import machine

PROMPT = "The largest city in Europe is the one that most people think of first,"

Results = dict[str, tuple[float, float, str]]
"""(llama-completion's, ours, unit) by label; medians"""


def compare(model: Path, program: Path, n_predict: int, rounds: int) -> Results:
    """Run both commands alternately."""
    flags = ["-m", str(model), "-p", PROMPT, "--temp", "0", "--ignore-eos", "-c", "2048"]
    threads = str(default_threads(read_cores()))
    theirs = [str(program), *flags, "-no-cnv", "--no-display-prompt", "-t", threads]
    ours = [sys.executable, "-m", "llamachat", *flags, "-no-cnv"]
    figures: dict[str, list[tuple[float, float]]] = {}
    for number in range(1, rounds + 1):
        machine.say(f"round {number} of {rounds}: one-shot commands")
        for length in (1, n_predict):
            for name, command in (("theirs", theirs), ("ours", ours)):
                run = _run([*command, "-n", str(length)])
                figures.setdefault(f"{name} {length}", []).append(run)

    def middle(key: str, index: int) -> float:
        return median(run[index] for run in figures[key])

    results: Results = {}
    for length in (1, n_predict):
        label = f"{length} token{'s' if length > 1 else ' (load and prefill)'}, wall"
        results[label] = (middle(f"theirs {length}", 0), middle(f"ours {length}", 0), "s")
    key = str(n_predict)
    results["peak memory"] = (middle(f"theirs {key}", 1), middle(f"ours {key}", 1), "GB")
    return results


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
