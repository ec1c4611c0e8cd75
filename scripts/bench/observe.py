"""Watches a program from outside: how long it takes, how much memory and disk it holds at most.

Memory is what is resident less the pages of files, which the kernel takes back when it wants them:
programs that map a file of 13 GB are charged with what they allocate only. Before each run the page
cache is put into the same state. Knows nothing of what the programs do.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from llamachat.hardware.memory import mapped_file_bytes, resident_bytes

Cache = Literal["warm", "cold"]
_BLOCK = 8 << 20
_BETWEEN_LOOKS = 0.02


class ProgramFailed(Exception):
    """The message is the end of what the program printed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one program."""

    seconds: float
    memory: int = 0
    """bytes at most, pages of files not counted"""
    extra_disk: int = 0
    """bytes at most beyond the result"""


def prepare(cache: Cache, inputs: Iterable[Path], others: Iterable[Path] = ()) -> None:
    """Everything is on the disk; the inputs are in the page cache, or nothing is.

    Args:
        others: files that must not take the inputs' place there.
    """
    inputs = list(inputs)
    os.sync()
    for path in (*others, *inputs):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if cache == "warm":
        read_once(inputs)


def read_once(paths: Iterable[Path]) -> Run:
    """Read files from beginning to end."""
    room = bytearray(_BLOCK)
    began = time.perf_counter()
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.readinto(room):
                pass
    return Run(time.perf_counter() - began)


def observe(command: Sequence[str], result: Path, environ: Mapping[str, str] | None = None) -> Run:
    """Run a program that writes `result`, which is to be alone in its folder, and watch it.

    Raises:
        ProgramFailed: it ended with an error.
    """
    memory = disk = 0
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=errors, stderr=errors, env=environ)
        while child.poll() is None:
            memory = max(memory, resident_bytes(child.pid) - (mapped_file_bytes(child.pid) or 0))
            disk = max(disk, disk_bytes(result.parent))
            time.sleep(_BETWEEN_LOOKS)
        seconds = time.perf_counter() - began
        if child.returncode:
            errors.seek(0)
            raise ProgramFailed(errors.read().decode("utf-8", "replace")[-2000:])
    return Run(seconds, memory, max(disk - result.stat().st_size, 0))


def disk_bytes(folder: Path) -> int:
    """What the files in a folder take now."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_blocks * 512
        except FileNotFoundError:  # renamed in this moment
            continue
    return total
