"""The history that Up and Down walk and Ctrl+R searches.

What was edited on the way stays where it was edited until something is sent, the unfinished draft
included. Knows the history file; nothing of widgets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import overload

from llamachat.chat.input_history import (
    MAX_ENTRY,
    append_history,
    history_path,
    read_history,
    trim_history,
)
from llamachat.tui.widgets.composer_text import clean


@dataclass(frozen=True, slots=True)
class Match:
    """Where a search found its words."""

    entry: str
    start: int
    end: int


class InputHistory(Sequence[str]):
    """What was sent, oldest first; read from the file when first needed."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or history_path()
        self._place: int | None = None
        """which entry the draft shows; None outside the history"""
        self._drafts: dict[int, str] = {}
        """what was left at which place; the unfinished draft at the end"""

    @cached_property
    def _entries(self) -> list[str]:
        return [clean(entry) for entry in read_history(self._path)]

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._entries[index]

    @property
    def walking(self) -> bool:
        return self._place is not None

    def append(self, entry: str) -> None:
        """Keep what was sent, at once.

        Raises:
            OSError: the file cannot be written; the entry is there until the end of the run.
        """
        self.rest()
        entry = entry[:MAX_ENTRY]
        if not entry.strip() or self._entries[-1:] == [entry]:
            return
        self._entries.append(entry)
        append_history(self._path, entry)

    def step(self, steps: int, draft: str) -> str | None:
        """Leave the draft and go to an older (-1) or newer (1) one; None where there is none."""
        end = len(self._entries)
        place = end if self._place is None else self._place
        target = place + steps
        if not 0 <= target <= end:
            return None
        self._drafts[place] = draft
        self._place = None if target == end else target
        return self._drafts.get(target, self._entries[target] if target < end else "")

    def rest(self) -> None:
        """Forget the walk: what is in the draft is the draft."""
        self._place = None
        self._drafts.clear()

    def search(self, words: str) -> Iterator[Match]:
        """Entries that contain the words, newest first, each once; letter case does not matter."""
        pattern = re.compile(re.escape(words), re.IGNORECASE)
        seen = set()
        for entry in reversed(self._entries):
            if entry not in seen and (found := pattern.search(entry)):
                seen.add(entry)
                yield Match(entry, *found.span())

    def trim(self) -> None:
        """Bound the file.

        Raises:
            OSError: it cannot be written.
        """
        if self._path.exists():
            trim_history(self._path)
