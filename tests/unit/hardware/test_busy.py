"""What other programs use of the processor, and not what this one does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import namedtuple

import psutil
import pytest

from llamachat.hardware.busy import used_by_others

Times = namedtuple("Times", "user system idle iowait guest")


def machine(monkeypatch: pytest.MonkeyPatch, *cpus: Times, allowed: set[int], own: float) -> float:
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: list(cpus))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: allowed, raising=False)
    monkeypatch.setattr(time, "process_time", lambda: own)
    return used_by_others()


def test_own_time_idle_time_and_guests_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Times(10, 5, 100, 3, 2), Times(4, 1, 100, 0, 0)
    used = machine(monkeypatch, first, second, allowed={0, 1}, own=6)
    assert used == (10 + 5 + 4 + 1 - 6) / 2


def test_cpus_that_this_process_may_not_use_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Times(10, 0, 0, 0, 0), Times(400, 0, 0, 0, 0)
    assert machine(monkeypatch, first, second, allowed={0, 7}, own=2) == 8


def test_where_nothing_is_told_nobody_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine(monkeypatch, Times(0, 0, 0, 0, 0), allowed={0}, own=5) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/stat")
def test_program_that_computes_is_seen() -> None:
    spin = "import time\nend = time.time() + 0.5\nwhile time.time() < end: pass"
    before, began = used_by_others(), time.perf_counter()
    subprocess.run([sys.executable, "-c", spin], check=True)
    cpus = len(os.sched_getaffinity(0))
    assert used_by_others() - before > 0.2 / cpus
    assert time.perf_counter() - began >= 0.5
