"""When an app has done what it was asked: nothing waits to run, and no timer is about to ring.

Textual's own answer watches how much the processor does: on a busy machine it takes a program that
is kept waiting for an idle one, and on an idle machine it waits 40 ms for each key. Knows event
loops; nothing of apps.
"""

from __future__ import annotations

import asyncio
from typing import Any

SOON = 0.02
"""seconds; a screen is painted 1/60 s after it changed"""
NAPS = 20
"""so many timers are waited for; some repeat themselves for ever"""
ROUNDS = 3
"""of the loop in which nothing is to be done: what wakes another task takes one"""


async def settled(_min_sleep: float = 0.0, _max_sleep: float = 1.0) -> None:
    """In the place of `textual._wait.wait_for_idle`; threads and processes are not waited for."""
    loop: Any = asyncio.get_running_loop()
    naps = rounds = 0
    while rounds < ROUNDS:
        await asyncio.sleep(0)
        pause = _until_next(loop)
        if loop._ready:
            rounds = 0
        elif pause < SOON and naps < NAPS:
            await asyncio.sleep(max(pause, 0.0))
            naps += 1
            rounds = 0
        else:
            rounds += 1


async def all_settled(_pilot: object) -> bool:
    """In the place of `Pilot._wait_for_screen`, which has each widget of the screen say that it has
    nothing to do: where nobody has, they need not be asked."""
    await settled()
    return True


def _until_next(loop: Any) -> float:
    """Seconds until the next timer rings."""
    times = [handle.when() for handle in loop._scheduled if not handle.cancelled()]
    return float(min(times, default=float("inf"))) - float(loop.time())
