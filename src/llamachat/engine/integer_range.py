"""Whole numbers within bounds, as an expression of a grammar (GBNF).

    8 to 120   →   [8-9] | [1-9] [0-9]{1} | "1" ([0-1] [0-9]{1} | "2" ("0"))

They are written as JSON writes them, without a zero or a plus in front, and with 16 digits at most,
as in llama.cpp's own rule for whole numbers. Knows nothing of schemas.
"""

from __future__ import annotations

MOST = 10**16 - 1


def whole_numbers(least: int | None, most: int | None) -> str:
    """An expression for those from `least` to `most`; None: as far as 16 digits go.

    Raises:
        ValueError: there is none between them.
    """
    low = -MOST if least is None else max(least, -MOST)
    high = MOST if most is None else min(most, MOST)
    if low > high:
        raise ValueError("no whole number of 16 digits lies between the bounds")
    ways = [_between(max(low, 0), high)] if high >= 0 else []
    if low < 0:
        ways.append(f'"-" ({_between(max(1, -high), -low)})')
    return " | ".join(ways)


def _between(low: int, high: int) -> str:
    """Neither is negative; those of equally many digits together."""
    ways = []
    for digits in range(len(str(low)), len(str(high)) + 1):
        shortest = 10 ** (digits - 1) if digits > 1 else 0
        first, last = max(low, shortest), min(high, 10**digits - 1)
        ways.append(_alike(str(first), str(last)))
    return " | ".join(ways)


def _alike(low: str, high: str) -> str:
    """Both have equally many digits; those that follow may begin with zeros."""
    if low == high:
        return f'"{low}"'
    first, last, rest = int(low[0]), int(high[0]), len(low) - 1
    if first == last:
        return f'"{first}" ({_alike(low[1:], high[1:])})'
    begun, ended = [], []
    if low[1:] != "0" * rest:
        begun, first = [f'"{first}" ({_alike(low[1:], "9" * rest)})'], first + 1
    if high[1:] != "9" * rest:
        ended, last = [f'"{last}" ({_alike("0" * rest, high[1:])})'], last - 1
    free = f" [0-9]{{{rest}}}" if rest else ""
    between = [f"[{first}-{last}]{free}"] if first <= last else []
    return " | ".join([*begun, *between, *ended])
