"""How often the screen may be drawn while the model computes: as often as its share allows.

The model decodes on all cores, so each millisecond of drawing is a millisecond less of answer. The
pause between two frames follows from what the last ones cost. Of a fast model a frame shows some
lines more, and five a second are seen to flow. Knows no clock and no widget.
"""

from __future__ import annotations

SHARE = 0.01
"""of one core, for drawing while an answer comes; at 7 t/s the app's other threads take 0.7 %"""
FAST_SHARE = 0.02
"""the same for a model that is fast"""
FAST = 30.0
"""tokens a second: more than a reader follows one by one"""
FASTEST = 0.05
FLOWING = 0.2
SLOWEST = 0.5
"""seconds between two frames; FLOWING is enough for a fast model"""
_WEIGHT = 0.25
"""of the latest frame in the running mean of costs"""
_MEMORY = 1.0
"""seconds that the running mean of the rate looks back"""


class FramePace:
    """`spent` tells what a frame cost; `pause` is the time to the next one."""

    def __init__(self) -> None:
        self._cost = FASTEST * SHARE
        self._rate = 0.0

    def spent(self, seconds: float, tokens: int, elapsed: float) -> None:
        """Processor seconds of the app since the frame before, what has come, and real seconds."""
        self._cost += _WEIGHT * (seconds - self._cost)
        if elapsed > 0:
            self._rate += min(elapsed / _MEMORY, 1.0) * (tokens / elapsed - self._rate)

    @property
    def pause(self) -> float:
        """Seconds from one frame to the next."""
        share, least = (SHARE, FASTEST) if self._rate < FAST else (FAST_SHARE, FLOWING)
        return min(max(self._cost / share, least), SLOWEST)
