"""What every test stands on: an empty home of its own, and no way to the person's files; and
what several folders need and take long to make."""

import fcntl
import gc
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.examples import FEW

# Programs that may not keep their bytecode compile all of it at each of their thousand starts.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Two threads that spin while they wait for each other need 100 times as long on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# What a shell runs in the background ignores Ctrl+C, and so would all that tests start and stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.load_profile(FEW)

HUB_VARIABLES = (
    "HF_ENDPOINT", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN",
    "HF_TOKEN_PATH", "TRANSFORMERS_OFFLINE",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for processes, disks and timers as they compute."""
    from llamachat.hardware.cores import default_threads, read_cores

    return default_threads(read_cores()) + 1


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end, and apps are thrown away whole: looking for garbage as
    often as Python does by itself takes a fifth of an app's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def home_of_fixtures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is made for many tests is made before any of them has its home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLAMACHAT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh `LLAMACHAT_HOME` for each test, and a hub cache of its own in it."""
    folder = next(homes)
    monkeypatch.setenv("LLAMACHAT_HOME", str(folder))
    monkeypatch.setenv("HF_HOME", str(folder / "huggingface"))
    for name in HUB_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield folder
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A file that takes long to make: one worker of a run makes it for all of them."""
    base = factory.getbasetemp()
    path = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with path.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            part = path.with_name(f"{name}.part")
            make(part)
            part.replace(path)
    return path


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the engine finds out about this processor, with one thread and with as many as it takes
    by itself; half a second each that every test would pay."""
    from llamachat.engine.ladder import Ladder, ladder_path
    from llamachat.hardware.cores import default_threads, read_cores

    def look(path: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LLAMACHAT_HOME", str(tmp_path_factory.mktemp("survey")))
            for threads in {1, default_threads(read_cores())}:
                Ladder.open(threads)
            path.write_bytes(ladder_path().read_bytes())

    return made_once(tmp_path_factory, "ladder.json", look).read_bytes()


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

    def write(path: Path) -> None:
        write_generated_llama(path, LlamaShape(4, 1024, 8, 8, 2816, 512, 4096), "q4_0", seed=7)

    return made_once(tmp_path_factory, "slow.gguf", write)
