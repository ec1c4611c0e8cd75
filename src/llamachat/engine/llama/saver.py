"""Saves while the engine goes on: a copy of this process (fork) writes what is in memory now.

A KV state of a gigabyte takes seconds to write, a fork of 5 GB a tenth of one. The copy computes
nothing, holds none of the pipes, and lives on where this process ends first. Knows nothing of what
is saved.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

from llamachat.hardware.memory import read_memory

NICENESS = 10
"""where the system has no idle class"""
SPARE = 512 << 20
"""bytes that are left to others"""


class Saver:
    """The copy that is writing; one at a time, for each may come to hold all of this memory."""

    def __init__(self) -> None:
        self._writing: int | None = None

    def start(self, save: Callable[[], object], *, hurry: bool = False) -> bool:
        """False, and nothing done, while an earlier copy still writes.

        The copy steps back behind everybody, which on a busy machine can take minutes, unless it
        is to `hurry`: where somebody leaves, and may soon be back. So does one that still writes.

        Where there is no fork, or no memory for one, it is saved at once; raises what `save`
        raises only then.
        """
        self.reap()
        if self._writing is not None:
            if hurry:
                _step_up(self._writing)
            return False
        if sys.platform != "linux":
            save()
            return True
        try:
            with warnings.catch_warnings():
                # The copy runs this file and `save`: no lock of another thread is ever asked for.
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
        except OSError:
            save()
            return True
        if pid == 0:
            _write(save, hurry)
        self._writing = pid
        return True

    def reap(self, *, wait: bool = False) -> None:
        """Take leave of the copy if it is done, or wait for it."""
        if self._writing is not None and _ended(self._writing, 0 if wait else os.WNOHANG):
            self._writing = None

    def make_way(self, size: int) -> None:
        """Before `size` bytes of this memory are written over, which makes two of them while a copy
        writes: where there is no room for that, it is waited for."""
        self.reap()
        if self._writing is not None and read_memory().usable < size + SPARE:
            self.reap(wait=True)


def _ended(pid: int, flags: int) -> bool:
    try:
        return os.waitpid(pid, flags)[0] == pid
    except ChildProcessError:
        return True


def _write(save: Callable[[], object], hurry: bool) -> None:
    """The whole life of the copy."""
    try:
        if not hurry:
            _step_back()
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        for number in _open_numbers():
            if number > 2:
                with contextlib.suppress(OSError):  # that of the listing itself is closed by now
                    os.close(number)
        save()
    except BaseException as error:  # noqa: BLE001  nothing of this process may run on in the copy
        os.write(2, f"A KV state was not saved: {error}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(0)


def _step_back() -> None:
    """Take only the processor time that nobody else wants, from the first moment on."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError:
        os.nice(NICENESS)


def _step_up(pid: int) -> None:
    """Take that back."""
    with contextlib.suppress(OSError):  # it has ended, or may not
        os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))


def _open_numbers() -> Iterable[int]:
    """Of the files of this process. As many as there may be are a billion on some systems."""
    try:
        return [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
    except OSError:
        return range(os.sysconf("SC_OPEN_MAX"))
