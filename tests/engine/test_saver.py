"""Copies that write while the engine goes on: one at a time, in nobody's way, of living workers."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from llamachat.engine.llama import saver as saving
from llamachat.engine.llama.saver import Saver
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.errors import EngineDied
from llamachat.hardware.memory import MemoryState


def test_a_copy_begins_when_the_one_before_has_ended(tmp_path: Path) -> None:
    saver, end, written = Saver(), tmp_path / "end", tmp_path / "written"

    def wait() -> None:
        while not end.exists():
            time.sleep(0.01)

    assert saver.start(wait)
    assert not saver.start(written.touch)
    end.touch()
    saver.reap(wait=True)
    assert not written.exists()
    assert saver.start(written.touch)
    saver.reap(wait=True)
    assert written.exists()


def test_a_copy_takes_no_time_from_others_and_holds_no_file(tmp_path: Path) -> None:
    saver, seen = Saver(), tmp_path / "seen"

    def look() -> None:
        files = []
        for entry in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):  # that of the listing
                files.append(str(entry.readlink()))
        seen.write_text(f"{os.sched_getscheduler(0) == os.SCHED_IDLE} {files}")

    with (tmp_path / "held").open("w") as held:
        saver.start(look)
        saver.reap(wait=True)
        assert held.writable()
    assert seen.read_text().startswith("True ")
    assert "held" not in seen.read_text()


def test_a_copy_of_an_engine_that_is_left_does_not_wait_for_others(tmp_path: Path) -> None:
    saver, seen = Saver(), tmp_path / "seen"

    def look() -> None:
        seen.write_text(str(os.sched_getscheduler(0)))

    saver.start(look, hurry=True)
    saver.reap(wait=True)
    assert seen.read_text() == str(os.sched_getscheduler(0))


def test_a_copy_that_stepped_back_comes_forward_where_somebody_leaves(tmp_path: Path) -> None:
    saver, seen, end = Saver(), tmp_path / "seen", tmp_path / "end"

    def write() -> None:
        while not end.exists():
            time.sleep(0.01)
        seen.write_text(str(os.sched_getscheduler(0)))

    saver.start(write)
    assert saver._writing is not None
    while os.sched_getscheduler(saver._writing) != os.SCHED_IDLE:
        time.sleep(0.01)
    assert not saver.start(write)
    assert not saver.start(write, hurry=True)
    end.touch()
    saver.reap(wait=True)
    assert seen.read_text() == str(os.SCHED_OTHER)


def test_what_is_written_over_waits_for_a_copy_only_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver, end, written = Saver(), tmp_path / "end", tmp_path / "written"

    def write() -> None:
        while not end.exists():
            time.sleep(0.01)
        written.touch()

    saver.start(write)
    saver.make_way(1)
    assert not written.exists()
    monkeypatch.setattr(saving, "read_memory", lambda: MemoryState(0, 0, 0, 0))
    timer = threading.Timer(0.1, end.touch)
    timer.start()
    saver.make_way(1)
    assert written.exists()
    timer.join()


def gone(engine: ProcessEngine) -> bool:
    return engine.pid is None


def test_a_worker_that_is_gone_is_not_begun_anew_to_save_nothing(
    tiny: Path, tmp_path: Path
) -> None:
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as engine:
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        while not gone(engine):
            time.sleep(0.01)
        with pytest.raises(EngineDied):
            engine.snapshot(tmp_path / "kv", "key")
        assert gone(engine)
