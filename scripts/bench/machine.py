"""What every bench says: the machine in one line, how busy it is, and how far the bench is."""

from __future__ import annotations

import os
import platform
import sys

from llamachat.engine.build_id import engine_version
from llamachat.hardware.cores import default_threads, read_cores
from llamachat.hardware.isa import read_cpu
from llamachat.hardware.memory import read_memory
from llamachat.install.record import read_build_record


def describe() -> str:
    """Processor, threads in use, memory, system, engine and its compiler."""
    cores = read_cores()
    record = read_build_record()
    compiler = record.compiler if record else "an unknown compiler"
    memory = read_memory().total / 2**30
    return (
        f"{read_cpu().model}, {cores.physical} cores, {default_threads(cores)} threads, "
        f"{memory:.0f} GiB, {platform.system()} {platform.release().split('-')[0]}, "
        f"llama-cpp-python {engine_version()} built with {compiler}"
    )


def load() -> float:
    """The load average of the last minute: above a few tenths the figures are not worth much."""
    return os.getloadavg()[0]


def say(text: str) -> None:
    """How far it is, beside the figures on standard output."""
    print(text, file=sys.stderr, flush=True)
