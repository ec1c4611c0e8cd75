"""Timers that fire once always fire.

Textual 8.2 leaves out a tick that comes late, and a timer with a single tick is then never heard of
again. It happens where the process stands still, for as long as the delay, between the two looks at
the clock with which a timer begins. On a busy machine that lost a resize of the terminal, which
Textual holds back by 8 ms, and with it every later one. Knows nothing of what is timed.
"""

from __future__ import annotations

from textual.message_pump import MessagePump
from textual.timer import Timer, TimerCallback


class KeepsTime(MessagePump):
    """Something whose `set_timer` may be late, but comes."""

    def set_timer(
        self,
        delay: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        pause: bool = False,
    ) -> Timer:
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False  # it is looked at when the timer's task begins: after this
        return timer
