"""Speed of SHA-256 over a large file: `sha256sum` against the package, taking turns.

    python -m scripts.bench.checksum FILE [--rounds 3]

A first round that is not counted brings the file into the page cache, if it fits there. Prints a
Markdown table with medians and the ratio to sha256sum.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from llamachat.models.checksum import sha256_file
from scripts.bench import machine

COREUTILS, PACKAGE = "sha256sum", "llamachat"


def of_coreutils(path: Path) -> str:
    done = subprocess.run(["sha256sum", "--", str(path)], capture_output=True, check=True)
    return done.stdout.decode().removeprefix("\\")[:64]


def of_package(path: Path) -> str:
    """With a progress callback, as every caller has one."""
    return sha256_file(path, lambda done, total: None)


def measure(path: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of every round; the two must agree on the checksum."""
    subjects: dict[str, Callable[[Path], str]] = {COREUTILS: of_coreutils, PACKAGE: of_package}
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    digests = {of_package(path)}
    for _ in range(rounds):
        for name, subject in subjects.items():
            began = time.perf_counter()
            digests.add(subject(path))
            seconds[name].append(time.perf_counter() - began)
    if len(digests) != 1:
        raise SystemExit(f"the checksums differ: {digests}")
    return seconds


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts.bench.checksum", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args(argv)
    before, size = machine.load(), arguments.file.stat().st_size
    rows = {
        name: median(taken) for name, taken in measure(arguments.file, arguments.rounds).items()
    }
    print(f"{machine.describe()}; {size:,} bytes; {arguments.rounds} rounds, medians;")
    print(f"load average {before:.2f} before, {machine.load():.2f} after.\n")
    print("| SHA-256 | seconds | MB/s | ratio |\n|---|---:|---:|---:|")
    for name, taken in rows.items():
        print(f"| {name} | {taken:.2f} | {size / taken / 1e6:,.0f} "
              f"| {rows[COREUTILS] / taken:.2f} |")  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
