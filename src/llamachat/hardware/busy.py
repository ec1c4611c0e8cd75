"""How much of the processor other programs use.

Counts the CPUs that this process may run on; a hypervisor that gives the processor to somebody else
counts as another program. Knows nothing of what anybody computes.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from llamachat.hardware.cgroup import ROOT
from llamachat.hardware.sysfs import read_text

_USED = (0, 1, 2, 5, 6, 7)
"""columns of /proc/stat: user, nice, system, irq, softirq, steal; guests are among the users"""


def used_by_others(root: Path = ROOT) -> float:
    """Seconds that programs other than this process have used, as a mean over the CPUs it may run
    on; 0 where the system does not tell. The difference of two readings means something.

    Args:
        root: another one reads a recorded /proc.
    """
    used = _proc_stat(root) or _psutil()
    allowed = [cpu for cpu in _affinity(used) if cpu in used] or list(used)
    busy = sum(used[cpu] for cpu in allowed)
    return max(0.0, busy - time.process_time()) / len(allowed) if busy else 0.0


def _proc_stat(root: Path) -> dict[int, float]:
    """Linux: seconds by CPU, from lines such as `cpu0 4705 150 1120 16250 520 0 30 0 0 0`."""
    used: dict[int, float] = {}
    for line in read_text(root / "proc/stat").splitlines():
        name, *columns = line.split()
        if name.startswith("cpu") and name[3:].isdecimal() and len(columns) > max(_USED):
            ticks = sum(int(columns[at]) for at in _USED if columns[at].isdecimal())
            used[int(name[3:])] = ticks / os.sysconf("SC_CLK_TCK")
    return used


def _psutil() -> dict[int, float]:
    import psutil  # 25 ms, where there is no /proc

    times = psutil.cpu_times(percpu=True)
    return {cpu: one.user + one.system for cpu, one in enumerate(times)}


def _affinity(used: dict[int, float]) -> list[int]:
    return list(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else used)
