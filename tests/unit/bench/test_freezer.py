"""A frozen process computes nothing, hears of nothing, and goes on afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.bench import freezer
from scripts.bench.freezer import Freezer, NoFreezer

PAUSE = 0.1

COUNTS = """
import signal, subprocess, sys, time
signal.signal(signal.SIGCONT, lambda *_: print("continued", flush=True))
child = subprocess.Popen(["sleep", "30"])
for number in range(100_000):
    print(number, child.pid, flush=True)
    time.sleep(0.005)
"""


@pytest.fixture
def counting() -> Iterator[subprocess.Popen[str]]:
    """A process that counts aloud, with a child that only waits."""
    argv = [sys.executable, "-c", COUNTS]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().split()[1])
        yield process
        process.kill()
        subprocess.run(["kill", str(child)], check=True)


@pytest.fixture
def frozen(counting: subprocess.Popen[str]) -> Iterator[Freezer]:
    try:
        made = Freezer(counting.pid)
    except NoFreezer as error:
        pytest.skip(str(error))
    with made:
        yield made


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def cpu(process: subprocess.Popen[str]) -> str:
    """Nanoseconds that its first thread has computed."""
    return Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]


def test_a_frozen_process_computes_nothing(
    counting: subprocess.Popen[str], frozen: Freezer
) -> None:
    for _ in range(3):
        frozen.freeze()
        before = cpu(counting)
        time.sleep(PAUSE)
        assert cpu(counting) == before
        frozen.thaw()
        time.sleep(PAUSE)
        assert cpu(counting) != before


def test_a_process_hears_of_no_signal(counting: subprocess.Popen[str], frozen: Freezer) -> None:
    frozen.freeze()
    time.sleep(PAUSE)
    frozen.thaw()
    assert not any("continued" in line for line in lines(counting, 40))


def test_what_its_child_does_goes_on(counting: subprocess.Popen[str], frozen: Freezer) -> None:
    child = int(lines(counting, 1)[0].split()[1])
    group = frozen._group / "cgroup.procs"
    assert str(counting.pid) in group.read_text().split()
    assert str(child) not in group.read_text().split()


def test_a_process_that_is_left_goes_on(counting: subprocess.Popen[str]) -> None:
    try:
        made = Freezer(counting.pid)
    except NoFreezer as error:
        pytest.skip(str(error))
    with made:
        made.freeze()
    before = cpu(counting)
    time.sleep(PAUSE)
    assert cpu(counting) != before
    assert not made._group.exists()


def test_where_there_is_none_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(NoFreezer, match="no control groups"), monkeypatch.context() as patch:
        patch.setattr(freezer, "_homes", lambda: iter(()))
        Freezer(1)
    missing = tmp_path / "missing"
    monkeypatch.setattr(freezer, "_homes", lambda: iter([(missing, freezer._SWITCHES["cgroup2"])]))
    with pytest.raises(NoFreezer, match="missing"):
        Freezer(1)
