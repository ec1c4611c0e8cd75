"""How much of the processor other programs use.

Counts the CPUs that this process may run on; a hypervisor that gives the processor to somebody else
counts as another program. Knows nothing of what anybody computes.
"""

from __future__ import annotations

import os
import time


def used_by_others() -> float:
    """Seconds that programs other than this process have used, as a mean over the CPUs it may run
    on; 0 where the system does not tell. The difference of two readings means something."""
    import psutil  # 25 ms, for who measures

    times = psutil.cpu_times(percpu=True)
    allowed = _affinity(len(times))
    busy = sum(sum(times[cpu][:]) - _idle(times[cpu]) for cpu in allowed)
    return max(0.0, busy - time.process_time()) / len(allowed) if busy else 0.0


def _affinity(count: int) -> list[int]:
    mine = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(count)
    return [cpu for cpu in mine if cpu < count] or list(range(count))


def _idle(times: object) -> float:
    """Guests are counted among the users too."""
    names = ("idle", "iowait", "guest", "guest_nice")
    return float(sum(getattr(times, name, 0.0) for name in names))
