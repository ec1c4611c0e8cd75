"""KV states of chats on disk: a cache of files, one for each chat and the message it ends with.

Everything here may be deleted at any moment, by anybody; what is missing is evaluated again. The
states used longest ago go first when the room is short. Knows names, sizes and times; what is in a
file, and whether it is whole, the engine knows.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from llamachat.hardware.disk import read_disk
from llamachat.paths import cache_dir

MAX_BUDGET = 8_000_000_000
SHARE = 10
"""of the free disk one part in so many is ours unless somebody says otherwise"""
SPARED = 2
"""whatever they say, a state may take only one part in so many of what is free now"""
STALE = 3600.0
"""seconds after which an unfinished file is nobody's, also where its process seems to live"""
TOLERANCE = 2.0
"""seconds between the clock of files and that of processes, which the kernel rounds"""

_NAME = re.compile(r"chat-(\d{1,18})-(\d{1,18})-([0-9a-f]{12})\.kv")
_UNFINISHED = re.compile(r"\..*\.(\d{1,9})\.part")


@dataclass(frozen=True, slots=True)
class KvState:
    """One file."""

    path: Path
    chat: int
    leaf: int
    """the message after which it was saved"""
    key: str
    """the first digits of the engine's state key"""
    size: int
    used: float
    """when it was saved or restored last, in seconds since 1970"""


class KvStore:
    """`budget` in bytes; None = a tenth of the free disk, 8 GB at most."""

    def __init__(self, folder: Path | None = None, *, budget: int | None = None) -> None:
        self.folder = folder or cache_dir() / "kv"
        self._budget = budget

    @property
    def budget(self) -> int:
        """Bytes that all states may take. What they take already counts as free."""
        if self._budget is not None:
            return self._budget
        free = read_disk(self.folder).free + sum(state.size for state in self.states())
        return min(MAX_BUDGET, free // SHARE)

    def place(self, chat: int, leaf: int, key: str) -> Path:
        """Where a state goes."""
        return self.folder / f"chat-{chat}-{leaf}-{key[:12]}.kv"

    def states(self) -> list[KvState]:
        """All of them, the one used last first."""
        found = []
        for path in self._files():
            name = _NAME.fullmatch(path.name)
            if name is None:
                continue
            with contextlib.suppress(OSError):  # somebody else has just removed it
                facts = path.stat()
                numbers = int(name[1]), int(name[2])
                found.append(KvState(path, *numbers, name[3], facts.st_size, facts.st_mtime))
        return sorted(found, key=lambda state: state.used, reverse=True)

    def best(self, chat: int, line: Sequence[int], key: str) -> KvState | None:
        """The one that knows most of this line of messages, else any of this chat: they begin
        alike."""
        known = {message: place for place, message in enumerate(line)}
        mine = [s for s in self.states() if s.chat == chat and s.key == key[:12]]
        return max(mine, key=lambda state: known.get(state.leaf, -1), default=None)

    def touch(self, state: KvState) -> None:
        """It has just been of use."""
        with contextlib.suppress(OSError):
            os.utime(state.path)

    def remove(self, state: KvState) -> None:
        _remove(state.path)

    def make_room(self, size: int) -> bool:
        """Remove what was used longest ago until `size` more bytes fit; False where they cannot."""
        budget = self.budget
        if size > min(budget, read_disk(self.folder).free // SPARED):
            return False
        states = self.states()
        taken = sum(state.size for state in states)
        while states and taken + size > budget:
            oldest = states.pop()
            taken -= oldest.size
            _remove(oldest.path)
        return True

    def supersede(self, chat: int, line: Sequence[int], key: str) -> None:
        """Of those along one line of messages keep the one that knows most."""
        known = {message: place for place, message in enumerate(line)}
        mine = [
            state
            for state in self.states()
            if state.chat == chat and state.key == key[:12] and state.leaf in known
        ]
        for state in sorted(mine, key=lambda state: known[state.leaf])[:-1]:
            _remove(state.path)

    def sweep(self, is_there: Callable[[int], bool] = lambda chat: True) -> None:
        """Remove what nobody finished, what belongs to no chat, and what is over the budget."""
        for path in self._files():
            unfinished = _UNFINISHED.fullmatch(path.name)
            if unfinished and not _being_written(path, int(unfinished[1])):
                _remove(path)
        self.forget(state.chat for state in self.states() if not is_there(state.chat))
        self.make_room(0)

    def forget(self, chats: Iterable[int]) -> None:
        """Remove the states of these chats."""
        gone = set(chats)
        for state in self.states() if gone else ():
            if state.chat in gone:
                _remove(state.path)

    def clear(self) -> tuple[int, int]:
        """Remove everything; returns how many states and bytes there were."""
        states = self.states()
        for path in self._files():
            if _NAME.fullmatch(path.name) or _UNFINISHED.fullmatch(path.name):
                _remove(path)
        return len(states), sum(state.size for state in states)

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError:
            return []


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # gone already, or not ours to remove: then it stays
        path.unlink()


def _being_written(path: Path, pid: int) -> bool:
    """Whether that process runs and may have begun this file: a zombie writes no more (in a
    container nobody may ever take leave of it), and numbers are given again."""
    import psutil  # 15 ms, and most folders hold nothing unfinished

    try:
        process, written = psutil.Process(pid), path.stat().st_mtime
        if process.status() == psutil.STATUS_ZOMBIE or process.uids().real != os.getuid():
            return False
        return process.create_time() < written + TOLERANCE and time.time() - written < STALE
    except (psutil.Error, OSError):
        return False
