"""What other programs use of the processor, and not what this one does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llamachat.hardware.busy import used_by_others

TICKS = os.sysconf("SC_CLK_TCK")


def machine(root: Path, patch: pytest.MonkeyPatch, *, allowed: set[int], own: float) -> float:
    """Two CPUs that were busy for 21 and 400 seconds, 2 of the 21 with a guest."""
    columns = ((10, 1, 5, 100, 3, 1, 2, 2, 2, 0), (400, 0, 0, 100, 0, 0, 0, 0, 0, 0))
    rows = [" ".join(str(seconds * TICKS) for seconds in row) for row in columns]
    (root / "proc").mkdir()
    (root / "proc/stat").write_text(f"cpu  1 2 3\ncpu0 {rows[0]}\ncpu1 {rows[1]}\nintr 5 6\n")
    patch.setattr(os, "sched_getaffinity", lambda _pid: allowed, raising=False)
    patch.setattr(time, "process_time", lambda: own)
    return used_by_others(root)


def test_own_time_and_idle_time_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine(tmp_path, monkeypatch, allowed={0, 1}, own=11) == (21 + 400 - 11) / 2


def test_cpus_that_this_process_may_not_use_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine(tmp_path, monkeypatch, allowed={0, 7}, own=1) == 20


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/stat")
def test_program_that_computes_is_seen() -> None:
    spin = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    before = used_by_others()
    subprocess.run([sys.executable, "-c", spin], check=True)
    assert used_by_others() - before > 0.2 / len(os.sched_getaffinity(0))
