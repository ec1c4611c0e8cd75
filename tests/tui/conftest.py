"""What chats need: a home that is ready at once, a model that never stops."""

import math
from functools import partial
from pathlib import Path

import pytest
from textual import app, pilot

from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.models.quantization import preferred
from llamachat.tui import frame_pace, tuner
from llamachat.tui.screens import welcome
from tests.tui.settled import all_settled, settled


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot goes on as soon as a key has had its effect."""
    for module in (app, pilot):
        monkeypatch.setattr(module, "wait_for_idle", settled)
    monkeypatch.setattr(pilot.Pilot, "_wait_for_screen", all_settled)


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """No search for the fastest settings runs beside a test that does not ask for one."""
    monkeypatch.setattr(tuner, "QUIET", math.inf)
    monkeypatch.setattr(welcome, "preferred", partial(preferred, measure=False))


@pytest.fixture
def quick(surveyed: None, prompt_frames: None) -> None:
    """A home whose processor is known already, and no waiting."""


@pytest.fixture
def prompt_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames come at once: beside a test each answer would wait half a second for its turn."""
    monkeypatch.setattr(frame_pace, "SLOWEST", frame_pace.FASTEST)


@pytest.fixture(scope="session")
def babbler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quick model with random weights, which never ends its answer by itself."""
    path = tmp_path_factory.mktemp("models") / "babbler.gguf"
    write_generated_llama(path, TINY, "q8_0", seed=7)
    return path
