"""A transfer as text: how far, how fast, how long still. Pure: progress in, words out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from llamachat.sanitize import one_line
from llamachat.tui.widgets.panel_text import Span, bar, clip, left

if TYPE_CHECKING:
    from llamachat.models.fetch.progress import Progress

BAR = 20
_SHORT_BAR = 8
_WORDS = {
    "waiting": "waiting",
    "fetching": "",
    "checking": "checking",
    "paused": "paused",
    "retrying": "trying again",
    "done": "done",
}
_GAP = "  "
LEAST_NAME = 16
"""cells; rather than cut it more, other things go"""


def line(progress: Progress, hint: str, width: int, *, sign: str = "↓") -> list[Span]:
    """One line of exactly so many cells: name, bar, figures and how to stop it.

    What there is no room for goes in this order: the hint, the end of the name, the rate and half
    of the bar, the amount, the time left.
    """
    name = f" {sign} {one_line(progress.file)}"
    amount, rate, rest = figures(progress)
    state = state_of(progress)
    percent = f"{int(progress.fraction * 100):>3} %"
    full, short = [amount, state or rate, "" if state else rest], [state or rest]
    for columns, words, tail in (
        (BAR, full, hint),
        (BAR, full, ""),
        (_SHORT_BAR, [amount, *short], ""),
        (_SHORT_BAR, short, ""),
        (_SHORT_BAR, [], ""),
    ):
        told = _GAP.join(filter(None, [percent, *words]))
        room = width - columns - cell_len(told) - cell_len(tail) - 3 * len(_GAP) - 1
        if room >= (cell_len(name) if tail else min(cell_len(name), LEAST_NAME)):
            break
    name = clip(name, max(0, room))
    blank = room - cell_len(name) + len(_GAP)
    return [
        (name + _GAP, "strong"),
        *bar(progress.fraction, columns),
        (_GAP + told, "text"),
        (" " * max(0, blank) + tail + " ", "muted"),
    ]


def figures(progress: Progress) -> tuple[str, str, str]:
    """Amount, rate and time left; empty where unknown."""
    from llamachat.models.fit import gigabytes  # 10 ms, not at the start

    total = f" of {gigabytes(progress.total)}" if progress.total else ""
    rate = f"{gigabytes(round(progress.rate))}/s" if progress.rate else ""
    rest = f"{left(progress.eta)} left" if progress.eta is not None else ""
    return f"{gigabytes(progress.done)}{total}", rate, rest


def state_of(progress: Progress) -> str:
    """What it does other than fetching, and why."""
    word, note = _WORDS[progress.state], one_line(progress.note)
    return f"{word}: {note}" if word and note else word
