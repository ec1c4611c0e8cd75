"""The comparison while it is measured: a table that fills in, drawn over itself on standard error.

Where nothing can be drawn over itself each figure is a line. What is drawn is erased at the end:
the finished table goes to standard output. Knows tables and terminals, measures nothing.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable

from llamachat.cli.cells import fitted
from llamachat.cli.compare.table import table_lines
from llamachat.compare.figures import Comparison, Depth, Row
from llamachat.compare.words import HEADINGS, NONE, cells, rate
from llamachat.hardware.terminal import read_terminal
from llamachat.sanitize import one_line

_EVERY = 0.1
"""seconds between two drawings, unless a figure came"""
_UP, _ERASE_LINE, _ERASE_BELOW = "\x1b[{}A", "\x1b[K", "\x1b[J"
_TOLD_EVERY = 30.0
"""seconds between two lines of a log at most, as long as something is being done"""
_NEWS = frozenset({"size", "bits", "load", "memory", "PPL", "KLD", "same"})
"""columns; speeds come with their depth"""


class Live:
    """Hears of every figure."""

    def __init__(self, say: Callable[[str], object]) -> None:
        terminal = read_terminal()
        self._draws = terminal.stderr and not terminal.dumb
        self._say = say
        self._known: dict[str, Row] = {}
        self._drawn = 0
        """lines that stand on the terminal"""
        self._last = 0.0 if self._draws else time.monotonic()

    def __call__(self, comparison: Comparison, words: str) -> None:
        if self._draws:
            self._draw(comparison, words)
        else:
            self._tell(comparison, words)

    def close(self) -> None:
        """Erase what was drawn."""
        if self._drawn:
            self._write(f"{_UP.format(self._drawn)}\r{_ERASE_BELOW}")
            self._drawn = 0

    def _draw(self, comparison: Comparison, words: str) -> None:
        now = time.monotonic()
        if words and now - self._last < _EVERY and self._drawn:
            return
        self._last = now if words else 0.0  # what begins after a figure is shown at once
        size = shutil.get_terminal_size()
        columns = size.columns - 1
        lines = table_lines(comparison, columns)
        if len(lines) + 2 > size.lines:  # only what fits can be drawn over
            lines = lines[: max(0, size.lines - 3)]
        lines = [fitted(line, columns) for line in [*lines, one_line(words)]]
        up = _UP.format(self._drawn) if self._drawn else ""
        text = "".join(f"{line}{_ERASE_LINE}\n" for line in lines)
        self._drawn = len(lines)
        self._write(f"{up}\r{text}{_ERASE_BELOW}")

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:  # the terminal is gone
            self._draws, self._drawn = False, 0

    def _tell(self, comparison: Comparison, words: str) -> None:
        """A line for what is new; where nothing is for long, one for what is being done."""
        told = False
        for row in comparison.rows:
            label, before = row.subject.label, self._known.get(row.subject.label)
            new = _news(before, row)
            if new:
                self._say(f"{one_line(label)}: {', '.join(new)}")
                told = True
            self._known[label] = row
        now = time.monotonic()
        if words and not told and now - self._last >= _TOLD_EVERY:
            self._say(one_line(words))
            told = True
        self._last = now if told else self._last


def _news(before: Row | None, row: Row) -> list[str]:
    """The figures that were not there before."""
    former = cells(before) if before else [NONE] * len(HEADINGS)
    found = [
        f"{head.short} {now}"
        for head, was, now in zip(HEADINGS, former, cells(row), strict=True)
        if head.short in _NEWS and now not in (was, NONE)
    ]
    found += map(_at_depth, row.depths[len(before.depths) if before else 0 :])
    said = len(row.answers) - (len(before.answers) if before else 0)
    if said > 0:
        found.append(f"answer {len(row.answers)}")
    if row.fault and (before is None or not before.fault):
        found.append(row.fault)
    return found


def _at_depth(one: Depth) -> str:
    read = "" if one.prefill is None else f"prefill {rate(one.prefill)} and "
    return f"{read}decode {rate(one.decode)} t/s at depth {one.depth:,}"
