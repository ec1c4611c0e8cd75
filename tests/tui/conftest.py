"""What chats need once for all tests: a survey of the processor, models that never stop."""

from pathlib import Path

import pytest

from llamachat.engine.ladder import Ladder, ladder_path
from llamachat.gguf.generated import TINY, write_generated_llama
from llamachat.paths import cache_dir
from tests.engine.conftest import SLOW


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the engine found out about this processor; half a second that each test would pay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLAMACHAT_HOME", str(tmp_path_factory.mktemp("survey")))
        Ladder.open(1)
        return ladder_path().read_bytes()


@pytest.fixture
def surveyed(survey: bytes, home: Path) -> Path:
    """A home whose processor is known already."""
    cache_dir().mkdir(parents=True)
    ladder_path().write_bytes(survey)
    return home


@pytest.fixture(scope="session")
def babbler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quick model with random weights, which never ends its answer by itself."""
    path = tmp_path_factory.mktemp("models") / "babbler.gguf"
    write_generated_llama(path, TINY, "q8_0", seed=7)
    return path


@pytest.fixture(scope="session")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that reads a long prompt for seconds, so that something can happen in the middle."""
    path = tmp_path_factory.mktemp("models") / "slow.gguf"
    write_generated_llama(path, SLOW, "q4_0", seed=7)
    return path
