"""How often the screen may be drawn while the model computes: as often as its share allows.

The model decodes on all cores, so each millisecond of drawing is a millisecond less of answer. The
pause between two frames follows from what the last ones cost. A frame takes 1.8 ms for one token
and 3.6 ms for sixty: a fast model drawn ten times a second costs a hundredth of a core more than
twice a second, and is seen to flow. Knows no clock and no widget.
"""

from __future__ import annotations

SHARE = 0.015
"""of one core, for drawing while an answer comes; the app's other threads take 0.5 % at 7 t/s"""
FAST_SHARE = 0.05
"""the same where each frame draws several pieces of text"""
SEVERAL = 2.0
FASTEST = 0.05
FLOWING = 0.1
SLOWEST = 0.5
"""seconds between two frames; FLOWING is enough where a frame draws several pieces"""
_WEIGHT = 0.25
"""of the latest frame in the running means"""


class FramePace:
    """`spent` tells what a frame cost; `pause` is the time to the next one."""

    def __init__(self) -> None:
        self._cost = FASTEST * SHARE
        self._pieces = 1.0

    def spent(self, seconds: float, pieces: int) -> None:
        """Processor seconds of the app since the frame before, and what has come since."""
        self._cost += _WEIGHT * (seconds - self._cost)
        self._pieces += _WEIGHT * (pieces - self._pieces)

    @property
    def pause(self) -> float:
        """Seconds from one frame to the next."""
        if self._pieces < SEVERAL:
            share, least = SHARE, FASTEST
        else:
            share, least = FAST_SHARE, min(FLOWING, SLOWEST)
        return min(max(self._cost / share, least), SLOWEST)
