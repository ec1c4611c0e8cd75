"""A transfer in a terminal: one line that is drawn over itself; elsewhere a line for every tenth.

Knows what is told, nothing of who fetches.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

from llamachat.cli.cells import fitted
from llamachat.cli.status_line import StatusLine, bar
from llamachat.models.fetch import Progress
from llamachat.models.fit import gigabytes
from llamachat.models.wanted import Wanted

_SHORT, _LONG = 12, 40
"""columns for the name of a file"""
_BAR = 10
_REST = 63
"""columns for all but the name"""
_WORDS = {
    "waiting": "waiting",
    "checking": "checking",
    "paused": "paused",
    "retrying": "trying again",
}


class FetchLine:
    """The listener of a transfer."""

    def __init__(self, line: StatusLine | None, say: Callable[[str], None]) -> None:
        self._line = line
        self._say = say
        self._tenth = 0
        self._note = ""

    def __call__(self, progress: Progress) -> None:
        if progress.state == "done":
            self.close()
        elif self._line is not None:
            self._line.update(line_of(progress, shutil.get_terminal_size().columns))
        else:
            self._log(progress)

    def asking(self, wanted: Wanted) -> None:
        """A server is asked what the files are; nothing for a log."""
        if self._line is not None:
            self._line.update(f"Asking for {wanted.words}")

    def close(self) -> None:
        if self._line is not None:
            self._line.clear()

    def _log(self, progress: Progress) -> None:
        """For a log: every tenth, and whatever is unusual."""
        unusual = _unusual(progress) if progress.done < progress.total else ""
        if unusual and unusual != self._note:
            self._say(f"{progress.file}: {unusual}")
        self._note = unusual
        tenth = int(progress.fraction * 10)
        if progress.state == "fetching" and tenth > self._tenth:
            self._tenth = tenth
            self._say(f"{progress.file}: {', '.join((f'{tenth * 10} %', *_figures(progress)))}")


def line_of(progress: Progress, columns: int) -> str:
    """name [####----] 42% 1.61 GB of 3.83 GB, 12 MB/s, 3 min left

    What is unusual needs the room of the bar. The name's width stays while figures come and go.
    """
    name = fitted(progress.file, min(max(columns - _REST, _SHORT), _LONG))
    state = _unusual(progress)
    if state and progress.note:
        return f"{fitted(name, _SHORT)} {progress.fraction:.0%} {state}"
    figures = ", ".join(filter(None, (state, *_figures(progress))))
    return f"{name} {bar(progress.fraction, _BAR)} {figures}"


def time_left(seconds: float) -> str:
    """How long still, as precisely as one can know it."""
    if seconds < 90:
        return f"{seconds:.0f} s left"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min left"
    return f"{seconds / 3600:.1f} h left"


def _unusual(progress: Progress) -> str:
    word = _WORDS.get(progress.state, "")
    return f"{word}: {progress.note}" if word and progress.note else word


def _figures(progress: Progress) -> tuple[str, ...]:
    total = f" of {gigabytes(progress.total)}" if progress.total else ""
    figures = [gigabytes(progress.done) + total]
    if progress.rate:
        figures.append(f"{gigabytes(int(progress.rate))}/s")
    if progress.eta is not None:
        figures.append(time_left(progress.eta))
    if progress.note and progress.state == "fetching":
        figures.append(progress.note)
    return tuple(figures)
