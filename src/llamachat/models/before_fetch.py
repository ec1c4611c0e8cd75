"""Whether a model is worth fetching: it must fit into this machine, if not at this moment.

What the machine has in all counts, or the container's limit; other programs may be closed by the
time the file is here. Knows the catalogue; fetches nothing.
"""

from __future__ import annotations

from llamachat.errors import OutOfMemory
from llamachat.hardware.memory import MemoryState
from llamachat.models.catalog import Entry, catalog, family
from llamachat.models.fit import TIGHT, gigabytes
from llamachat.models.need import Setting
from llamachat.models.settle import LEAST_CTX

SMALLEST = Setting(LEAST_CTX, "q8_0", "q8_0")


def check_memory(entry: Entry, memory: MemoryState) -> str:
    """What should be said of the memory; empty where there is plenty.

    Raises:
        OutOfMemory: it cannot run here, however small its context; the hint names what can.
    """
    capacity = min(memory.total, memory.cgroup_limit or memory.total)
    least = entry.need_with(SMALLEST)
    if least.total > TIGHT * capacity:
        raise OutOfMemory(
            f"{entry.words} needs {gigabytes(least.total)} even with {LEAST_CTX:,} tokens of "
            f"context, and this machine has {gigabytes(capacity)} in all.",
            _instead(entry, capacity),
        )
    if entry.need.total > memory.usable:
        return (
            f"It takes about {gigabytes(entry.need.total)} of memory with {entry.need.n_ctx:,} "
            f"tokens of context, and {gigabytes(memory.usable)} are usable now."
        )
    return ""


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
