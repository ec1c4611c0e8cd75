"""How often the screen may be drawn while the model computes: as often as its share allows.

The model decodes on all cores, so each millisecond of drawing is a millisecond less of answer. The
pause between two frames follows from what the last ones cost. A frame takes 1.8 ms for one token
and 3.6 ms for sixty: drawing a fast model ten times a second costs a hundredth of a core more than
twice a second, and is seen to flow. Knows no clock and no widget.
"""

from __future__ import annotations

SHARE = 0.015
"""of one core, for drawing more often than it takes to flow; the app's other threads take 0.5 % at
7 t/s"""
MOST = 0.05
"""of one core, for drawing so often that text flows"""
FASTEST = 0.05
FLOWING = 0.1
SLOWEST = 0.5
"""seconds between two frames"""
_WEIGHT = 0.25
"""of the latest frame in the running mean"""


class FramePace:
    """`spent` tells what a frame cost; `pause` is the time to the next one."""

    def __init__(self) -> None:
        self._cost = FASTEST * SHARE

    def spent(self, seconds: float) -> None:
        """Processor seconds of the app since the frame before."""
        self._cost += _WEIGHT * (seconds - self._cost)

    @property
    def pause(self) -> float:
        """Seconds from one frame to the next."""
        flowing = min(max(self._cost / SHARE, FASTEST), FLOWING)
        return min(max(flowing, self._cost / MOST), SLOWEST)
