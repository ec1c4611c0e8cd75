"""How many threads this process may usefully run: cores, affinity and the cgroup's CPU quota.

Matrix products run in lockstep: a second thread on a core, a thread on a slow core and a thread
above the quota each make all the others wait. Knows the machine, not what runs on it.
"""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.cgroup import ROOT, cgroup_folders
from llamachat.hardware.sysfs import parse_cpu_list, read_int, read_table, read_text
from llamachat.hardware.topology import Topology, read_topology


@dataclass(frozen=True, slots=True)
class Cores:
    logical: int
    """CPUs the operating system schedules on, SMT siblings counted each"""
    physical: int
    performance: int
    """physical cores that are not efficiency cores"""
    affinity: int
    """logical CPUs this process may use (taskset, cpuset, Kubernetes' static policy)"""
    reachable: int
    """performance cores within the affinity mask; where it holds none, the physical cores in it"""
    quota: float | None = None
    """CPUs' worth of time the cgroup may use per period, the smallest of all levels"""


def read_cores(root: Path = ROOT) -> Cores:
    """Count this machine's cores; another `root` reads a recorded /proc and /sys."""
    if platform.system() == "Darwin" and root == ROOT:
        return _read_macos()
    topology = read_topology(root)
    allowed = _affinity(root, topology)
    reachable = topology.cores_within(allowed & topology.fast) or topology.cores_within(allowed)
    return Cores(
        logical=len(topology.cpus),
        physical=len(topology.cores),
        performance=topology.cores_within(topology.fast),
        affinity=len(allowed),
        reachable=reachable,
        quota=read_quota(root),
    )


def default_threads(cores: Cores) -> int:
    """min(performance cores within the affinity mask, affinity, quota rounded down), at least 1.

    Down, because a thread that the quota stops makes all the others wait: 0.27 tokens/s at 8
    threads against 12.07 at 4 in one container (ollama issue 17916).
    """
    quota = cores.reachable if cores.quota is None else math.floor(cores.quota)
    return max(1, min(cores.reachable, cores.affinity, quota))


def explain_threads(cores: Cores) -> str:
    """One plain sentence: why this many threads."""
    threads = default_threads(cores)
    count = _count(threads, "thread")
    if cores.quota is not None and math.floor(cores.quota) < cores.reachable:
        return (
            f"{count}: the cgroup quota ({cores.quota:g} of {cores.logical} CPUs) allows no more."
        )
    if cores.reachable != cores.performance:
        return (
            f"{count}: the affinity mask ({cores.affinity} of {cores.logical} CPUs) "
            f"leaves {_count(cores.reachable, 'core')} to compute on."
        )
    if cores.performance < cores.physical:
        slow = _count(cores.physical - cores.performance, "efficiency core")
        return f"{count}: one for each performance core; the {slow} would hold them up."
    if cores.physical < cores.logical:
        return f"{count}: one for each physical core; a second one on a core adds nothing."
    return f"{count}: one for each physical core."


def read_quota(root: Path = ROOT) -> float | None:
    """CPUs' worth of time of the tightest cgroup v1 or v2 level; None = no limit."""
    quotas = [_quota_of(folder) for folder in cgroup_folders("cpu", root)]
    return min((quota for quota in quotas if quota is not None), default=None)


def _quota_of(folder: Path) -> float | None:
    """`cpu.max` holds "quota period" or "max period" in µs; v1 has a file for each, -1 = none."""
    quota, _, period = read_text(folder / "cpu.max").partition(" ")
    if quota.isdecimal() and period.isdecimal() and int(period):
        return int(quota) / int(period)
    quota_v1 = read_int(folder / "cpu.cfs_quota_us") or 0
    period_v1 = read_int(folder / "cpu.cfs_period_us") or 0
    return quota_v1 / period_v1 if quota_v1 > 0 and period_v1 > 0 else None


def _affinity(root: Path, topology: Topology) -> frozenset[int]:
    """Online CPUs of this process's mask; the mask itself may name CPUs that do not exist."""
    mask = parse_cpu_list(read_table(root / "proc/self/status").get("Cpus_allowed_list", ""))
    return (mask & topology.cpus) or topology.cpus


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _read_macos() -> Cores:
    """macOS has no affinity masks and no cgroups; perflevel0 are the performance cores."""
    logical = _sysctl("hw.logicalcpu") or 1
    physical = _sysctl("hw.physicalcpu") or logical
    performance = _sysctl("hw.perflevel0.physicalcpu") or physical
    return Cores(logical, physical, performance, affinity=logical, reachable=performance)


def _sysctl(name: str) -> int:
    """A number the kernel knows; 0 for a name it does not (Intel Macs have no perflevel0)."""
    import subprocess

    answer = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, check=False)
    text = answer.stdout.strip()
    return int(text) if text.isdecimal() else 0
