"""No worker outlives its parent, and none is left behind as a zombie."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from tests.engine.answers import run

PARENT = """
import sys
from pathlib import Path
from llamachat.engine import child
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt

model, moment = Path(sys.argv[1]), sys.argv[2]
if moment == "loading":
    started = child.subprocess.Popen
    def tell(*args, **kwargs):
        process = started(*args, **kwargs)
        print(process.pid, flush=True)
        return process
    child.subprocess.Popen = tell
engine = ProcessEngine(EngineOptions(model, n_ctx=4096, threads=2))
if moment != "loading":
    print(engine.pid, flush=True)
prompt = raw_prompt("and then it went on, without an end; " * (70 if moment == "prefill" else 1))
endless = GenerateParams(sampling=SamplingParams(ignore_eos=True))
if moment in ("prefill", "decode"):
    for _ in engine.generate(prompt, endless):
        print("going", flush=True)
sys.stdin.read()
"""


def wait_for(gone: Callable[[], bool], seconds: float) -> float:
    """Seconds until it is so."""
    started = time.perf_counter()
    while not gone():
        assert time.perf_counter() - started < seconds, "the worker outlived its parent"
        time.sleep(0.005)
    return time.perf_counter() - started


def is_gone(pid: int) -> bool:
    """A zombie that nobody has fetched yet is gone too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("moment", ["idle", "prefill", "decode", "loading"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_worker_leaves_when_its_parent_is_killed(
    slow_model: Path, moment: str, number: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(slow_model), moment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        if moment in ("prefill", "decode"):
            for _ in range(2 if moment == "prefill" else 6):
                parent.stdout.readline()
        assert not is_gone(worker)
        parent.send_signal(number)
        parent.wait()
        took = wait_for(lambda: is_gone(worker), 5.0)
    print(f"the worker was gone {took * 1000:.0f} ms after its parent ({moment})")


def test_a_dead_worker_is_no_zombie(tiny: Path) -> None:
    with ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1)) as engine:
        for _ in range(2):
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGKILL)
            wait_for(lambda: engine.pid is None, 5.0)
            run(engine)
        children = psutil.Process().children(recursive=True)
        assert [child.pid for child in children] == [engine.pid]
    assert psutil.Process().children(recursive=True) == []


def test_a_worker_that_hangs_is_killed_on_close(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llamachat.engine.child.CLOSE_SECONDS", 0.2)
    engine = ProcessEngine(EngineOptions(tiny, n_ctx=256, threads=1))
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    started = time.perf_counter()
    engine.close()
    assert time.perf_counter() - started < 3
    assert is_gone(pid)
    assert engine.pid is None


def test_a_worker_that_refuses_the_model_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="missing"):
        ProcessEngine(EngineOptions(tmp_path / "missing.gguf"))
    assert psutil.Process().children(recursive=True) == []


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_an_exception_while_loading_leaves_nothing_behind(
    slow_model: Path, failure: type[BaseException]
) -> None:
    """Ctrl+C during the load of a large model."""

    def interrupt(_fraction: float) -> None:
        raise failure

    with pytest.raises(failure):
        ProcessEngine(EngineOptions(slow_model, n_ctx=256, threads=1), on_progress=interrupt)
    assert psutil.Process().children(recursive=True) == []
