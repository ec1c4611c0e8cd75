"""How much memory this process can still use, and how much of it a process holds.

A container's limit counts as much as the machine's memory: both are read, and the smaller room is
what a model must fit into. Linux from /proc and /sys, other systems through psutil. Knows nothing
of models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.cgroup import ROOT, cgroup_folders
from llamachat.hardware.sysfs import read_int, read_table, read_text


@dataclass(frozen=True, slots=True)
class MemoryState:
    """Bytes, at one moment."""

    total: int
    available: int
    """what the machine can give without swapping, its file cache counted as free"""
    swap_total: int
    swap_free: int
    cgroup_limit: int | None = None
    """of the cgroup level with the least room"""
    cgroup_used: int = 0
    """by everything in that level, its file cache included"""
    cgroup_cache: int = 0
    """file cache of that level, given back under pressure"""

    @property
    def usable(self) -> int:
        """What a model may take now."""
        if self.cgroup_limit is None:
            return self.available
        room = self.cgroup_limit - self.cgroup_used + self.cgroup_cache
        return max(0, min(self.available, room, self.cgroup_limit))


def read_memory(root: Path = ROOT) -> MemoryState:
    """Memory, swap and the cgroup's limit now; another `root` reads a recorded /proc and /sys."""
    machine = _read_meminfo(root) or _read_psutil()
    levels = list(_cgroup_levels(root, machine.total))
    if not levels:
        return machine
    limit, used, cache = min(levels, key=lambda level: level[0] - level[1] + level[2])
    return MemoryState(
        machine.total,
        machine.available,
        machine.swap_total,
        machine.swap_free,
        cgroup_limit=limit,
        cgroup_used=used,
        cgroup_cache=cache,
    )


def resident_bytes(pid: int | None = None, root: Path = ROOT) -> int:
    """Resident set of a process (None = this one); 0 where there is no such process."""
    size = _kilobytes(_process_status(pid, root), "VmRSS")
    return _resident_psutil(pid) if size is None else size


def peak_resident_bytes(pid: int | None = None, root: Path = ROOT) -> int:
    """The largest resident set that a process has had; where only its present one can be told (all
    but Linux), that."""
    size = _kilobytes(_process_status(pid, root), "VmHWM")
    return resident_bytes(pid, root) if size is None else size


def mapped_file_bytes(pid: int | None = None, root: Path = ROOT) -> int | None:
    """The part of the resident set that is file pages, such as a mapped model: the kernel can
    drop it at any time. None where the system does not say (only Linux does)."""
    return _kilobytes(_process_status(pid, root), "RssFile")


def _read_meminfo(root: Path) -> MemoryState | None:
    table = read_table(root / "proc/meminfo")
    total = _kilobytes(table, "MemTotal")
    if total is None:
        return None
    free = (_kilobytes(table, "MemFree") or 0) + (_kilobytes(table, "Cached") or 0)
    available = _kilobytes(table, "MemAvailable")  # since Linux 3.14
    return MemoryState(
        total=total,
        available=min(total, free) if available is None else available,
        swap_total=_kilobytes(table, "SwapTotal") or 0,
        swap_free=_kilobytes(table, "SwapFree") or 0,
    )


def _read_psutil() -> MemoryState:
    import psutil  # 15 ms, and not needed on Linux

    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return MemoryState(memory.total, memory.available, swap.total, swap.free)


def _cgroup_levels(root: Path, total: int) -> Iterator[tuple[int, int, int]]:
    """(limit, used, file cache) of each level that has a limit below the machine's memory."""
    for folder in cgroup_folders("memory", root):
        names = ("memory.max", "memory.high", "memory.limit_in_bytes")
        limits = [limit for name in names if (limit := read_int(folder / name)) is not None]
        limit = min(limits, default=total)  # "no limit" is "max" in v2, about 2^63 in v1
        if limit < total:
            used = read_int(folder / "memory.current") or read_int(folder / "memory.usage_in_bytes")
            yield limit, used or 0, _file_cache(folder)


def _file_cache(folder: Path) -> int:
    """Reclaimable file pages of a cgroup; v1 gives the sum with its children as total_…"""
    table = read_table(folder / "memory.stat")
    kinds = ("inactive_file", "active_file")
    sizes = (table.get(f"total_{kind}", table.get(kind, "")) for kind in kinds)
    return sum(int(size) for size in sizes if size.isdecimal())


def _process_status(pid: int | None, root: Path) -> dict[str, str]:
    return read_table(root / "proc" / ("self" if pid is None else str(pid)) / "status")


def _kilobytes(table: dict[str, str], key: str) -> int | None:
    """The value of a line such as "VmRSS:  1234 kB", in bytes."""
    number = table.get(key, "").removesuffix("kB").strip()
    return int(number) * 1024 if number.isdecimal() else None


def _resident_psutil(pid: int | None) -> int:
    if read_text(ROOT / "proc/self/stat"):
        return 0  # a Linux without that process: psutil could only say the same
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
