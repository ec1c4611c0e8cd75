"""Quantizing a float GGUF: ours against llama-quantize, taking turns, and reading it once.

    scripts/make_random_llama.py --size 7b --type f16 --out 7b-f16.gguf
    python -m scripts.bench.build --source 7b-f16.gguf [--types q4_0,q8_0,q4_k_m] [--rounds 3]

Before each run what was written is synced and removed, and the source is put into the page cache
(`--cache warm`) or out of it (`cold`). Peak memory is resident memory less the pages of files, seen
every 50 ms; disk is what lay in the output's folder at most, beyond the result. The results are
compared byte by byte. Prints a Markdown table. Does not tune anything for the occasion.
"""

from __future__ import annotations

import argparse
import filecmp
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
from llamachat.hardware.memory import mapped_file_bytes, resident_bytes
from scripts.bench import machine
from scripts.llama_tools import tools_folder

_BLOCK = 8 << 20
_OURS = """
import sys
from pathlib import Path
from llamachat.build.build_pass import run
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from llamachat.build.sources.gguf import GGUFSource
recipe = make_recipe(sys.argv[2], threads=int(sys.argv[4]))
run(make_plan(GGUFSource(Path(sys.argv[1])), recipe, [Path(sys.argv[3])]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one program."""

    seconds: float
    memory: int
    """bytes at most, pages of files not counted"""
    extra_disk: int
    """bytes at most beyond the result"""


def prepare(source: Path, cache: str) -> None:
    """The same state of disk and page cache for everybody."""
    os.sync()
    with source.open("rb") as file:
        if cache == "cold":
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if cache == "warm":
        read_once(source)


def read_once(source: Path) -> float:
    """Seconds to read the file from its beginning to its end."""
    room = bytearray(_BLOCK)
    began = time.perf_counter()
    with source.open("rb", buffering=0) as file:
        while file.readinto(room):
            pass
    return time.perf_counter() - began


def observe(command: Sequence[str], result: Path) -> Run:
    """Run a program that writes `result` alone in its folder, and watch it."""
    memory = disk = 0
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        while child.poll() is None:
            memory = max(memory, resident_bytes(child.pid) - (mapped_file_bytes(child.pid) or 0))
            disk = max(disk, _disk_bytes(result.parent))
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        if child.returncode:
            errors.seek(0)
            sys.exit(f"{command[0]} failed: {errors.read().decode('utf-8', 'replace')[-2000:]}")
    return Run(seconds, memory, max(disk - _disk_bytes(result.parent), 0))


def _disk_bytes(folder: Path) -> int:
    total = 0
    for file in folder.iterdir():
        try:
            total += file.stat().st_blocks * 512
        except FileNotFoundError:  # renamed in this moment
            continue
    return total


def compare(source: Path, ftype: str, arguments: argparse.Namespace, out: Path) -> list[str]:
    """Let the three take turns; the cells of one row of the table, medians over the rounds."""
    threads = str(default_threads(read_cores()))
    tool = str(tools_folder("llama-quantize") / "llama-quantize")
    results = {name: out / name / "model.gguf" for name in ("theirs", "ours")}
    theirs = [tool, str(source), str(results["theirs"]), ftype, threads]
    ours = [sys.executable, "-c", _OURS, str(source), ftype, str(results["ours"]), threads]
    runs: dict[str, list[Run]] = {"theirs": [], "ours": []}
    readings = []
    for number in range(1, arguments.rounds + 1):
        for name, command in (("theirs", theirs), ("ours", ours)):
            _say(f"{ftype}, round {number} of {arguments.rounds}: {name}")
            results[name].parent.mkdir(parents=True, exist_ok=True)
            results[name].unlink(missing_ok=True)
            prepare(source, arguments.cache)
            runs[name].append(observe(command, results[name]))
        prepare(source, arguments.cache)
        readings.append(read_once(source))
    same = filecmp.cmp(results["theirs"], results["ours"], shallow=False)
    for result in results.values():
        result.unlink()
    return _row(ftype, median(readings), runs, same)


def _row(ftype: str, reading: float, runs: dict[str, list[Run]], same: bool) -> list[str]:
    wall = {name: median(run.seconds for run in each) for name, each in runs.items()}
    memory = {name: max(run.memory for run in each) for name, each in runs.items()}
    disk = {name: max(run.extra_disk for run in each) for name, each in runs.items()}
    return [
        ftype,
        *(f"{seconds:.1f} s" for seconds in (reading, wall["theirs"], wall["ours"])),
        f"{wall['ours'] / max(wall['theirs'], reading):.2f}",
        *(f"{memory[name] / 1e6:,.0f} MB" for name in ("theirs", "ours")),
        *(f"{disk[name] / 1e6:,.0f} MB" for name in ("theirs", "ours")),
        "yes" if same else "NO",
    ]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.build", description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="an f16, bf16 or f32 GGUF")
    parser.add_argument("--types", default="q4_0,q8_0,q4_k_m")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache", choices=("warm", "cold"), default="warm")
    parser.add_argument("--out", type=Path, help="where to write (default: beside the source)")
    arguments = parser.parse_args(argv)
    source: Path = arguments.source
    before = machine.load()
    with tempfile.TemporaryDirectory(dir=arguments.out or source.parent, prefix="bench-") as out:
        types = arguments.types.split(",")
        rows = [compare(source, ftype, arguments, Path(out)) for ftype in types]
    print(
        f"{machine.describe()}; {source.name}, {arguments.cache} cache; {arguments.rounds} rounds;"
    )
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    heads = ["type", "reading once", "llama-quantize", "ours", "ours / the slower of both"]
    heads += ["memory, theirs", "ours", "disk beyond, theirs", "ours", "same bytes"]
    for cells in (heads, ["---"] + ["---:"] * (len(heads) - 1), *rows):
        print(f"| {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
