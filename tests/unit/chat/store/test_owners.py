"""A process is known by its number and its start."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from llamachat.chat.store.owners import TOLERANCE, is_alive, this_process


def test_this_process_lives() -> None:
    assert is_alive(this_process())


def test_another_process_with_the_number_is_not_it() -> None:
    mine = this_process()
    assert not is_alive(replace(mine, started=mine.started - TOLERANCE - 1))


def test_process_that_ended_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert not is_alive(replace(this_process(), pid=child.pid))
