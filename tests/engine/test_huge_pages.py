"""A worker that nobody asks anything gathers its memory; one that answers does not."""

from __future__ import annotations

import os
import re
import threading
import time
from pathlib import Path

import pytest

from llamachat.engine.inbox import Inbox
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.hardware import huge_pages
from tests.engine.answers import run, text_of

PATIENCE = 20.0


def huge_bytes(pid: int) -> int:
    found = re.search(r"AnonHugePages:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.skipif(not huge_pages._allowed(), reason="no huge pages on this system")
def test_an_idle_worker_gathers_its_memory_and_answers_as_before(tiny: Path) -> None:
    options = EngineOptions(tiny, n_ctx=98_304, threads=1)  # a KV cache of more than 64 MB
    with ProcessEngine(options) as engine:
        assert engine.pid is not None
        assert engine.info.memory.kv_cache > huge_pages.LARGE
        first = text_of(run(engine))
        deadline = time.monotonic() + PATIENCE
        while not (gathered := huge_bytes(engine.pid)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not gathered:
            pytest.skip("this kernel gathers nothing (older than 6.1)")
        assert text_of(run(engine)) == first


def test_other_work_waits_until_no_request_is_answered() -> None:
    reading, writing = os.pipe()
    inbox = Inbox(reading, leave_at_end=False)
    idle = threading.Event()
    os.write(writing, b'{"op": "generate", "id": 1}\n')
    assert inbox.next() == {"op": "generate", "id": 1}

    def other_work() -> None:
        inbox.wait_until_idle()
        idle.set()

    threading.Thread(target=other_work, daemon=True).start()
    assert not idle.wait(0.1)
    os.write(writing, b'{"op": "close"}\n')
    assert inbox.next() is None
    assert idle.wait(PATIENCE)
    os.close(writing)
