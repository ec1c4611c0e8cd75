"""How long to wait before trying again, and when to give up. Knows nothing of what is tried."""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time


@dataclass(frozen=True, slots=True)
class Patience:
    """How much of a bad line is borne."""

    tries: int = 6
    """in a row that bring nothing"""
    first: float = 1.0
    """seconds before the second try; each further wait is twice as long"""
    longest: float = 30.0
    stall: float = 30.0
    """seconds without a byte after which a connection counts as dead"""
    ordered: float = 300.0
    """seconds that a server may tell us to wait; beyond that the person decides"""

    def waits(self) -> Waits:
        return Waits(self)


class Waits:
    """The waits of one run of failures."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failures = 0

    def forget(self) -> None:
        """Something came: the next failure is a first one again."""
        self._failures = 0

    def next(self, retry_after: str | None = None) -> float | None:
        """Seconds to wait now; None is enough. A server's own word (Retry-After) is kept."""
        self._failures += 1
        if self._failures >= self._patience.tries:
            return None
        ordered = seconds(retry_after)
        if ordered is not None:
            return ordered if ordered <= self._patience.ordered else None
        wait = min(self._patience.first * 2.0 ** (self._failures - 1), self._patience.longest)
        return wait * random.uniform(0.8, 1.2)  # many clients must not come back as one


def seconds(retry_after: str | None) -> float | None:
    """The header's number or date."""
    if not retry_after:
        return None
    text = retry_after.strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - time(), 0.0)
    except ValueError:
        return None
