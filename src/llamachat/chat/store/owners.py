"""Who is writing an answer: a process, known by its number and the moment it started.

A number alone is given to other processes later. Knows nothing of what they write.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache

TOLERANCE = 1.5
"""seconds; the kernel rounds the moment of boot to seconds, and a number is never reused as fast"""


@dataclass(frozen=True, slots=True)
class Owner:
    pid: int
    started: float


def this_process() -> Owner:
    """The one that runs this, also after a fork."""
    return _owner(os.getpid())


def is_alive(owner: Owner) -> bool:
    """Whether that very process runs still; a zombie does not."""
    import psutil  # 15 ms, and most runs find nothing unfinished

    try:
        process = psutil.Process(owner.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(_started(process.create_time()) - owner.started) < TOLERANCE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


@cache
def _owner(pid: int) -> Owner:
    import psutil

    return Owner(pid, _started(psutil.Process(pid).create_time()))


def _started(created: float) -> float:
    """On Linux psutil adds the moment of boot, which moves when the clock is set: taken off."""
    import psutil

    return created - psutil.boot_time() if sys.platform == "linux" else created
