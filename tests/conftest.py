"""What every test stands on: an empty home of its own, and no way to the person's files; and
what several folders need and take long to make."""

import os
import signal
import sys
from pathlib import Path

import pytest

# Programs that may not keep their bytecode compile all of it at each of their thousand starts.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Two threads that spin while they wait for each other need 100 times as long on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# What a shell runs in the background ignores Ctrl+C, and so would all that tests start and stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

HUB_VARIABLES = (
    "HF_ENDPOINT", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN",
    "HF_TOKEN_PATH", "TRANSFORMERS_OFFLINE",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for processes, disks and timers as they compute."""
    from llamachat.hardware.cores import default_threads, read_cores

    return default_threads(read_cores()) + 1


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `LLAMACHAT_HOME` for each test, and a hub cache of its own in it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LLAMACHAT_HOME", str(folder))
    monkeypatch.setenv("HF_HOME", str(folder / "huggingface"))
    for name in HUB_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the engine finds out about this processor, with one thread and with as many as it takes
    by itself; half a second each that every test would pay."""
    from llamachat.engine.ladder import Ladder, ladder_path
    from llamachat.hardware.cores import default_threads, read_cores

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLAMACHAT_HOME", str(tmp_path_factory.mktemp("survey")))
        for threads in {1, default_threads(read_cores())}:
            Ladder.open(threads)
        return ladder_path().read_bytes()


@pytest.fixture
def surveyed(home: Path, survey: bytes) -> None:
    """A home whose processor is known already."""
    know_processor(home, survey)


def know_processor(home: Path, survey: bytes) -> None:
    """Put what was found out into another home."""
    (home / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache" / "ladder.json").write_bytes(survey)


@pytest.fixture(scope="session")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seconds of prefill for a long prompt, so that something can happen in the middle of it."""
    from llamachat.gguf.generated import LlamaShape, write_generated_llama

    path = tmp_path_factory.mktemp("models") / "slow.gguf"
    write_generated_llama(path, LlamaShape(4, 1024, 8, 8, 2816, 512, 4096), "q4_0", seed=7)
    return path
