"""Is one setup faster than another, on a machine whose speed swings while one looks?

Samples alternate, and each of the candidate is compared with its two neighbours in time; a gain
counts only where it is larger than what those comparisons scatter by. Pure: seconds in, a figure
and a decision out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median, stdev

from llamachat.engine.tuning.values import Figure, Work

LEAST_PAIRS, MOST_PAIRS = 4, 8
GUARD_PAIRS = 3
"""enough to see that the other kind of work does not suffer"""
STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36)
"""two-sided 95 % points of Student's t for 1 to 7 degrees of freedom"""
WORTH = 0.02
"""a smaller gain is none"""
WORTH_BITS = 0.05
"""of a KV cache with fewer bits, which costs exactness"""
TOLERATED = 0.02
"""so much slower may the other kind of work become"""
HOPELESS = 0.10
"""who is behind by so much after one comparison is not looked at again"""


def figure(work: Work, before: Sequence[float], after: Sequence[float]) -> Figure:
    """What the samples say; `before` has one more, for it begins and ends."""
    gains = [
        math.log((first + last) / 2 / between)
        for first, between, last in zip(before[:-1], after, before[1:], strict=True)
    ]
    pairs = len(gains)
    error = 1.0
    if pairs > 1:
        error = STUDENT[min(pairs, MOST_PAIRS) - 2] * stdev(gains) / math.sqrt(pairs)
    return Figure(
        work,
        before=median(before),
        after=median(after),
        gain=math.expm1(fmean(gains)),
        error=min(error, 1.0),
        pairs=pairs,
    )


def is_faster(seen: Figure, worth: float) -> bool | None:
    """None: more pairs are needed."""
    if seen.pairs >= LEAST_PAIRS and seen.gain >= worth and seen.gain > seen.error:
        return True
    if is_hopeless(seen) or (seen.pairs > 2 and seen.gain + seen.error < worth):
        return False
    return False if seen.pairs >= MOST_PAIRS else None


def is_no_slower(seen: Figure) -> bool | None:
    """None: more pairs are needed."""
    if seen.gain + seen.error < -TOLERATED:
        return False
    if seen.pairs >= GUARD_PAIRS and seen.gain >= -TOLERATED:
        return True
    return False if seen.pairs >= MOST_PAIRS else None


def is_hopeless(seen: Figure) -> bool:
    return seen.gain < -HOPELESS or (seen.pairs > 1 and seen.gain < -HOPELESS / 3)
