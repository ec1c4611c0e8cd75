"""What chats need: a home that is ready at once, a model that never stops."""

from pathlib import Path

import pytest
from textual import _wait

from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.tui import frame_pace


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is taken to be handled after 5 ms of idleness instead of 20, and then again."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.005)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0025)


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
