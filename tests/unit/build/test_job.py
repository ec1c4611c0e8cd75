"""A job tells how far its inputs are hashed, when nothing else is left to do."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.build.input_hashes import InputHashes
from llamachat.build.job import Job, OnProgress, Origin
from llamachat.build.progress import Progress

SECONDS = 0.2


def write(
    *,
    on_progress: OnProgress | None,
    cancel: threading.Event | None,
    before_naming: Callable[[], object] | None,
) -> tuple[str, ...]:
    """A pass that takes a while and makes nothing."""
    time.sleep(SECONDS)
    assert before_naming is not None
    before_naming()
    return ()


def finish(hashes: InputHashes, on_progress: Callable[[int, int], object]) -> dict[Path, str]:
    for done in (60, 90, 100):
        on_progress(done, 100)
    return {}


def test_hashes_have_the_rate_of_all_the_time_they_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"x")
    monkeypatch.setattr(InputHashes, "finish", finish)
    origin = Origin("here", lambda result, type: "")
    steps: list[Progress] = []
    Job((), (), (path,), origin, (), None, write).run(steps.append, threading.Event())
    assert [(step.done, step.total, step.stage) for step in steps] == [
        (done, 100, "checking") for done in (60, 90, 100)
    ]
    assert all(0 < step.rate <= 100 / SECONDS for step in steps)
