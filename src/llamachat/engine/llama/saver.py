"""Saves while the engine goes on: a copy of this process (fork) writes what is in memory now.

A KV state of a gigabyte takes seconds to write, a fork of 5 GB a tenth of one. The copy computes
nothing, holds none of the pipes, and lives on where this process ends first. Knows nothing of what
is saved.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable

NICENESS = 10


class Saver:
    """The copies that are writing."""

    def __init__(self) -> None:
        self._writing: list[int] = []

    def start(self, save: Callable[[], object]) -> None:
        """Where there is no fork, or no memory for one, it is saved at once; raises what `save`
        raises only then."""
        self.reap()
        if sys.platform != "linux":
            save()
            return
        try:
            with warnings.catch_warnings():
                # The copy runs this file and `save`: no lock of another thread is ever asked for.
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
        except OSError:
            save()
            return
        if pid == 0:
            _write(save)
        self._writing.append(pid)

    def reap(self, *, wait: bool = False) -> None:
        """Take leave of the copies that are done, or wait for all of them."""
        flags = 0 if wait else os.WNOHANG
        self._writing = [pid for pid in self._writing if not _ended(pid, flags)]


def _ended(pid: int, flags: int) -> bool:
    try:
        return os.waitpid(pid, flags)[0] == pid
    except ChildProcessError:
        return True


def _write(save: Callable[[], object]) -> None:
    """The whole life of the copy."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.nice(NICENESS)
        save()
    except BaseException as error:  # noqa: BLE001  nothing of this process may run on in the copy
        os.write(2, f"A KV state was not saved: {error}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(0)
