"""When something was, in the fewest words that leave no doubt. Knows nothing of time zones but
the machine's own."""

from __future__ import annotations

from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

WIDEST = len("yesterday 14:03")


def when(moment: float, now: datetime | None = None) -> str:
    """Unix seconds as "today 14:03", "yesterday 9:15", "3 Nov" or "3 Nov 2024"."""
    now = now or datetime.now()
    then = datetime.fromtimestamp(moment)
    days = (now.date() - then.date()).days
    clock = f"{then.hour}:{then.minute:02}"
    if days in (0, 1):
        return f"{'yesterday' if days else 'today'} {clock}"
    date = f"{then.day} {_MONTHS[then.month - 1]}"
    return date if then.year == now.year else f"{date} {then.year}"
