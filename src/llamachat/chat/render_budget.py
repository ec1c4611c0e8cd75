"""What rendering an untrusted chat template may cost, counted while it runs.

Every loop step, call and piece of text is paid from one budget before or just after it is made, so
that a hostile template ends in an error and not in a full memory. Knows nothing of Jinja or
messages.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from typing import Any

MAX_WORK = 32_000_000
"""characters that one rendering may make; a prompt of a million tokens has about four million"""
STEP = 16
"""what a loop step or a call counts"""
MAX_SECONDS = 10.0
"""measured: 2,000 messages take the slowest of 70 public chat templates 6 s, most others 0.15 s"""
MAX_BITS = 4096
"""of a whole number"""

_WIDE = re.compile(r"\d{4}|\*|\{[^{}]*\{")
"""a format with a width of thousands, or one that is computed"""


class TooExpensive(ValueError):
    """The rendering is out of budget."""


class RenderBudget:
    """What is left for the rendering that runs."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self._left = MAX_WORK
        self._deadline = time.monotonic() + MAX_SECONDS

    def spend(self, work: int = STEP) -> None:
        """Raises TooExpensive where nothing is left."""
        self._left -= work
        if self._left < 0 or time.monotonic() > self._deadline:
            raise TooExpensive("it does too much work")

    def made(self, value: Any) -> Any:
        """Pay for a value that was just made."""
        self.spend(STEP + size(value))
        return value

    def steps(self, items: Iterable[Any]) -> Iterator[Any]:
        """Pay for each step of a loop."""
        for item in items:
            self.spend()
            yield item

    def walk(self, value: Any) -> None:
        """Pay for spelling out a value: a list that holds one list many times is long as text."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            self.spend(STEP + size(item))
            if isinstance(item, dict):
                waiting.extend(item.keys())
                waiting.extend(item.values())
            elif isinstance(item, list | tuple):
                waiting.extend(item)

    def spelled(self, value: Any) -> Any:
        """Pay for a value that is to be made text."""
        if not isinstance(value, str):
            self.walk(value)
        return value

    def joined(self, parts: Iterable[Any], separator: str = "") -> str:
        """Pay for a text, then make it."""
        texts = []
        for part in parts:
            texts.append(str(self.spelled(part)))
            self.spend(len(texts[-1]) + len(separator))
        return separator.join(texts)

    def replaced(self, text: str, old: str, new: str, count: int = -1) -> str:
        """Pay for a replacement, then make it."""
        found = text.count(old) if count < 0 else min(count, text.count(old))
        self.spend(STEP + len(text) + found * len(new))
        return text.replace(old, new, count)

    def multiplied(self, left: Any, right: Any) -> None:
        """Pay for a product that is to be made."""
        if isinstance(left, int) and isinstance(right, int):
            if left.bit_length() + right.bit_length() > MAX_BITS:
                raise TooExpensive("it computes with huge numbers")
        elif isinstance(left, int):
            self.spend(max(left, 0) * size(right))
        elif isinstance(right, int):
            self.spend(size(left) * max(right, 0))

    def raised(self, base: Any, exponent: Any) -> None:
        """Pay for a power that is to be made."""
        whole = isinstance(base, int) and isinstance(exponent, int)
        if whole and base.bit_length() * max(exponent, 0) > MAX_BITS:
            raise TooExpensive("it computes with huge numbers")

    def formatted(self, pattern: str, values: Any) -> None:
        """Pay for a formatting that is to be made."""
        if _WIDE.search(pattern.replace("{{", "").replace("}}", "")):
            raise TooExpensive("it formats with a width that is huge or computed")
        self.walk(values)


def size(value: Any) -> int:
    """Characters of a text, items of a collection; 0 for everything else."""
    return len(value) if isinstance(value, str | bytes | list | tuple | dict) else 0
