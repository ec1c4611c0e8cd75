"""Whether a model is worth fetching: it must fit into this machine, if not at this moment.

What the machine has in all counts, or the container's limit; other programs may be closed by the
time the file is here. Knows the catalogue; fetches nothing.
"""

from __future__ import annotations

from shlex import quote

from llamachat.errors import OutOfMemory
from llamachat.hardware.memory import MemoryState
from llamachat.models.catalog import Entry, catalog, family
from llamachat.models.fit import TIGHT, gigabytes
from llamachat.models.need import PROCESS, Setting
from llamachat.models.settle import LEAST_CTX
from llamachat.models.wanted import Wanted

SMALLEST = Setting(LEAST_CTX, "q8_0", "q8_0")


def check_memory(wanted: Wanted, memory: MemoryState) -> str:
    """What should be said of the memory; empty where there is plenty, or nothing is known.

    Raises:
        OutOfMemory: it cannot run here, however small its context; the hint names what can.
    """
    entry, name = wanted.entry, wanted.words
    if entry is None:
        return _check_size(wanted, memory) if wanted.size else ""
    least, capacity = entry.need_with(SMALLEST), _capacity(memory)
    if least.total > TIGHT * capacity:
        raise OutOfMemory(
            f"{name} needs {gigabytes(least.total)} even with {LEAST_CTX:,} tokens of "
            f"context, and this machine has {gigabytes(capacity)} in all.",
            f"{_instead(entry, capacity)}\n{_override(wanted)}",
        )
    if entry.need.total > memory.usable:
        return (
            f"It takes about {gigabytes(entry.need.total)} of memory with {entry.need.n_ctx:,} "
            f"tokens of context, and {gigabytes(memory.usable)} are usable now."
        )
    return ""


def _check_size(wanted: Wanted, memory: MemoryState) -> str:
    """Of a file that the catalogue does not have only the size is known: its weights."""
    capacity, least = _capacity(memory), wanted.size + PROCESS
    if least > TIGHT * capacity:
        raise OutOfMemory(
            f"The weights of {wanted.words} alone take {gigabytes(wanted.size)}, and this machine "
            f"has {gigabytes(capacity)} in all.",
            f"Take a smaller quantization or model: llamachat models list\n{_override(wanted)}",
        )
    if least > memory.usable:
        return (
            f"Its weights alone take {gigabytes(wanted.size)} of memory, and "
            f"{gigabytes(memory.usable)} are usable now."
        )
    return ""


def _capacity(memory: MemoryState) -> int:
    return min(memory.total, memory.cgroup_limit or memory.total)


def _override(wanted: Wanted) -> str:
    return f"To have it all the same: llamachat models pull --no-fit {quote(wanted.name)}"


def _instead(entry: Entry, capacity: int) -> str:
    """The largest file of the same model that fits, else the largest of any."""
    for candidates in (family(entry.family), catalog()):
        fitting = [
            other for other in candidates if other.need_with(SMALLEST).total <= TIGHT * capacity
        ]
        if fitting:
            best = max(fitting, key=lambda other: other.size)
            return f"{best.words} fits: llamachat models pull {best.name}"
    return "No model of the catalogue fits."
