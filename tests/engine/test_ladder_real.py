"""The capability ladder, with real processor faults in real children."""

import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from llamachat.engine.base import Done
from llamachat.engine.build_id import library_folder
from llamachat.engine.ladder import Ladder
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.survey import run_survey
from llamachat.errors import UnsupportedCPU
from tests.engine.answers import PROMPT, done_of, run

COMPILER = shutil.which("cc") or shutil.which("gcc")
TRAP = Path(__file__).with_name("crash_trap.c")

pytestmark = pytest.mark.skipif(
    COMPILER is None or sys.platform != "linux", reason="needs Linux and a C compiler"
)


@pytest.fixture(autouse=True)
def few_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each type whose kernels die costs a child; those of the test's model are enough."""
    types = ("f32", "q4_0", "q6_K", "q8_0")
    monkeypatch.setattr("llamachat.engine.ladder.run_survey", partial(run_survey, types=types))


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("trap") / "trap.so"
    command = [str(COMPILER), "-shared", "-fPIC", "-O1", "-o", str(library), str(TRAP), "-ldl"]
    subprocess.run(command, check=True)
    return library


@pytest.fixture
def armed(trap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children load the trap; LLAMACHAT_TRAP springs it."""
    monkeypatch.setenv("LD_PRELOAD", str(trap))


@pytest.fixture
def trapped(armed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on children die of SIGILL when they reach for the fast kernels."""
    monkeypatch.setenv("LLAMACHAT_TRAP", "extra")


@pytest.mark.usefixtures("trapped")
def test_a_rung_that_dies_in_the_survey_is_not_used_and_the_plain_one_is(tiny: Path) -> None:
    ladder = Ladder.open(2)
    outcomes = {(r.rung, r.tensor_type): (r.outcome, r.detail) for r in ladder.results}
    assert outcomes["fast", "q4_0"] == ("crashed", "SIGILL")
    assert outcomes["plain", "q4_0"][0] == "ok"
    choice = ladder.choose({"q4_0"})
    assert choice.rung == "plain"
    assert "SIGILL" in choice.reason
    with open_engine(tiny, options=EngineOptions(tiny, n_ctx=256)) as engine:
        assert engine.info.rung == "plain"
        assert done_of(run(engine)).reason == "length"


@pytest.mark.usefixtures("trapped")
def test_what_the_survey_found_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Ladder.open(2).choose({"q8_0"}).rung == "plain"
    monkeypatch.delenv("LLAMACHAT_TRAP")
    assert Ladder.open(2).choose({"q8_0"}).rung == "plain"
    assert Ladder.open(2, fresh=True).choose({"q8_0"}).rung == "fast"


@pytest.mark.usefixtures("trapped")
def test_another_build_of_the_library_is_surveyed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Ladder.open(2).choose({"q4_0"}).rung == "plain"
    monkeypatch.delenv("LLAMACHAT_TRAP")
    monkeypatch.setattr("llamachat.engine.ladder.build_id", lambda: "another build")
    assert Ladder.open(2).choose({"q4_0"}).rung == "fast"


@pytest.mark.usefixtures("armed")
def test_an_engine_that_dies_at_once_is_said_to_be_built_for_another_processor(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMACHAT_TRAP", "always")
    with pytest.raises(UnsupportedCPU, match="SIGILL") as refused:
        open_engine(tiny)
    assert "doctor --rebuild" in refused.value.hint


@pytest.mark.parametrize(
    "fault", [signal.SIGILL, pytest.param(signal.SIGSEGV, marks=pytest.mark.slow)]
)
def test_a_fault_at_a_later_time_lowers_the_rung_for_good(
    tiny: Path, fault: signal.Signals
) -> None:
    with open_engine(tiny, options=EngineOptions(tiny, n_ctx=256)) as engine:
        assert isinstance(engine, ProcessEngine)
        assert engine.info.rung == "fast"
        expected = done_of(run(engine)).usage
        assert engine.pid is not None
        os.kill(engine.pid, fault)
        events = run(engine)
        last = events[-1]
        assert isinstance(last, Done)
        assert last.usage.generated == expected.generated or last.reason == "died"
        assert done_of(run(engine)).reason == "length"
        assert engine.info.rung == "plain"
    with open_engine(tiny, options=EngineOptions(tiny, n_ctx=256)) as engine:
        assert engine.info.rung == "plain"
    reason = Ladder.open(2).choose({"q4_0"}).reason
    assert fault.name in reason


def test_a_kill_does_not_lower_the_rung(tiny: Path) -> None:
    with open_engine(tiny, options=EngineOptions(tiny, n_ctx=256)) as engine:
        assert isinstance(engine, ProcessEngine)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        run(engine)
        assert done_of(run(engine, PROMPT)).reason == "length"
        assert engine.info.rung == "fast"


def test_the_trap_is_called_by_the_real_library(trap: Path) -> None:
    """Otherwise every test above would pass for the wrong reason."""
    listing = subprocess.run(
        ["nm", "-D", str(library_folder() / "libllama.so")], capture_output=True, text=True
    )
    if listing.returncode:
        pytest.skip("nm is not here")
    assert "U ggml_backend_reg_get_proc_address" in listing.stdout
