"""A build in a terminal: one line that is drawn over itself; elsewhere a line for every tenth.

For programs the same as JSON. Knows what is told, nothing of what is built.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from llamachat.build.progress import Progress, size_text
from llamachat.cli.fetch_line import time_left
from llamachat.cli.models.hashing import HashLine
from llamachat.cli.status_line import StatusLine, bar
from llamachat.hardware.terminal import read_terminal

APPEARS = 0.3
"""seconds that a build may take before anything is shown"""
_EVERY = 0.1
_BAR = 10
_VERBS = {"building": "Building", "checking": "Checking"}


class BuildLine:
    """The listener of a build, and of what comes before it."""

    def __init__(self, *, as_json: bool, say: Callable[[str], None]) -> None:
        terminal = read_terminal()
        draws = terminal.stderr and not terminal.dumb and not as_json
        self.line = StatusLine(sys.stderr, enabled=True, delay=APPEARS) if draws else None
        """None where nothing can be drawn over itself"""
        self._hashing = HashLine(self.line, "Verifying") if self.line else None
        self._as_json = as_json
        self._say = say
        self._tenth = 0
        self._verified: Path | None = None
        self._began = self._told = 0.0

    def __call__(self, step: Progress) -> None:
        if self._as_json:
            _tell_program(step)
        elif self.line is not None:
            self.line.update(line_of(step))
        else:
            self._log(step)

    def verifying(self, path: Path, done: int, total: int) -> None:
        """A checklist is held against its files."""
        if self._hashing is not None:
            self._hashing(path, done, total)
        elif self._as_json:
            self._tell_verified(path, done, total)

    def _tell_verified(self, path: Path, done: int, total: int) -> None:
        """Every 256 KiB come by here."""
        now = time.monotonic()
        if path != self._verified:
            self._verified, self._began = path, now
        if done < total and now - self._told < _EVERY:
            return
        self._told = now
        _tell_program(Progress(path.name, done, total, now - self._began, "checking"))

    def close(self) -> None:
        if self.line is not None:
            self.line.clear()

    def _log(self, step: Progress) -> None:
        """For a log: every tenth of what takes more than a moment."""
        tenth = int(step.fraction * 10)
        if step.stage != "building" or step.seconds < APPEARS or tenth in (self._tenth, 10):
            return
        self._tenth = tenth
        self._say(f"{tenth * 10} %, {', '.join(_figures(step))}")


def _tell_program(step: Progress) -> None:
    """Raises BrokenPipeError where it is gone: then nobody wants the model."""
    sys.stderr.write(f"{json.dumps(as_json(step))}\n")
    sys.stderr.flush()


def line_of(step: Progress) -> str:
    """Building [####------]  42% 5.70 GB of 13.48 GB, 231.0 MB/s, 34 s left, blk.12.ffn_up.weight

    The name of the tensor stands last, where a narrow terminal cuts.
    """
    words = (*_figures(step), step.tensor)
    return f"{_VERBS[step.stage]} {bar(step.fraction, _BAR)} {', '.join(filter(None, words))}"


def as_json(step: Progress) -> dict[str, object]:
    """One moment for a program."""
    return {
        "stage": step.stage, "tensor": step.tensor, "done": step.done, "total": step.total,
        "rate": round(step.rate), "eta": step.eta,
    }  # fmt: skip


def _figures(step: Progress) -> tuple[str, ...]:
    figures = [f"{size_text(step.done)} of {size_text(step.total)}"]
    if step.rate:
        figures.append(f"{size_text(round(step.rate))}/s")
    if step.eta is not None:
        figures.append(time_left(step.eta))
    return tuple(figures)
