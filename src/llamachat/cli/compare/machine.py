"""The machine that figures come from, in one line. Knows hardware and the engine's build."""

from __future__ import annotations

import platform

from llamachat.engine.build_id import engine_version
from llamachat.hardware.cores import default_threads, read_cores
from llamachat.hardware.isa import read_cpu
from llamachat.hardware.memory import read_memory
from llamachat.install.record import read_build_record


def describe_machine(threads: int | None) -> str:
    """Processor, threads in use, memory, system, engine and its compiler."""
    cores, record = read_cores(), read_build_record()
    count = threads or default_threads(cores)
    built = f" built with {record.compiler}" if record else ""
    return (
        f"{read_cpu().model}, {count} thread{'' if count == 1 else 's'}, "
        f"{read_memory().total / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release().split('-')[0]}, llama-cpp-python {engine_version()}{built}"
    )
