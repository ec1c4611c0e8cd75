"""Has a process stand still, and go on as if no time had passed.

Linux's freezer of control groups does it. Unlike SIGSTOP and SIGCONT it is no signal, so that a
program that begins anew when it is continued hears nothing. Only the process and its threads are
frozen; the children that it has already go on. Knows nothing of what the process does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

PATIENCE = 5.0
"""seconds in which a process stands still, or goes on"""
_LOOK = 0.0005


class NoFreezer(Exception):
    """There is no freezer here, or it is not ours to use."""


@dataclass(frozen=True, slots=True)
class _Switch:
    """One of the two versions of control groups."""

    file: str
    on: str
    off: str
    state: str
    """the file that tells whether all stand still"""
    still: str
    moving: str
    """lines of it"""


_SWITCHES = {
    "cgroup2": _Switch("cgroup.freeze", "1", "0", "cgroup.events", "frozen 1", "frozen 0"),
    "cgroup": _Switch("freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN", "THAWED"),
}


class Freezer:
    """For one process. Leaving it lets the process go on and removes the group.

    Raises (on construction) NoFreezer.
    """

    def __init__(self, pid: int) -> None:
        refusals = []
        for home, switch in _homes():
            group = home / f"llamachat-bench-{os.getpid()}"
            try:
                group.mkdir()
            except OSError as error:
                refusals.append(str(error))
                continue
            self._group, self._switch = group, switch
            try:
                self._move(pid, group)
                self.thaw()
            except (OSError, NoFreezer) as error:
                refusals.append(str(error))
                self.close()
                continue
            return
        raise NoFreezer("; ".join(refusals) or "there are no control groups")

    def __enter__(self) -> Freezer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.thaw()
        self.close()

    def freeze(self) -> None:
        """Returns once the process stands still."""
        self._turn(self._switch.on, self._switch.still)

    def thaw(self) -> None:
        """Returns once it goes on."""
        self._turn(self._switch.off, self._switch.moving)

    def close(self) -> None:
        """Put the process back to where it was, with the children that it has had since."""
        while pids := (self._group / "cgroup.procs").read_text().split():
            for pid in pids:
                with suppress(ProcessLookupError):  # it has ended
                    self._move(int(pid), self._group.parent)
        self._group.rmdir()

    def _turn(self, word: str, state: str) -> None:
        (self._group / self._switch.file).write_text(word)
        deadline = time.monotonic() + PATIENCE
        while state not in (self._group / self._switch.state).read_text().splitlines():
            if time.monotonic() > deadline:
                raise NoFreezer(f"{self._group} never came to {state!r}")
            time.sleep(_LOOK)

    @staticmethod
    def _move(pid: int, group: Path) -> None:
        (group / "cgroup.procs").write_text(str(pid))


def _homes() -> Iterator[tuple[Path, _Switch]]:
    """The group of this process wherever groups can be frozen: version 2 first, in which a frozen
    process can be killed."""
    own = dict[str, str]()
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own.update(dict.fromkeys(controllers.split(","), path))
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    for kind, controller in (("cgroup2", ""), ("cgroup", "freezer")):
        for _, folder, filesystem, options, *_ in mounts:
            frozen_here = filesystem == kind and controller in ("", *options.split(","))
            if frozen_here and controller in own:
                yield Path(folder) / own[controller].lstrip("/"), _SWITCHES[kind]
