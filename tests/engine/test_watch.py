"""Progress inside a batch, which is watched only where it takes long."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from llamachat.engine.base import Chunk, Done, Prefilled
from llamachat.engine.llama import prefill, watch
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import raw_prompt
from llamachat.gguf.generated import LlamaShape, write_generated_llama

PROMPT = raw_prompt("and then it went on and on, without an end in sight; " * 16)
OTHER = raw_prompt("Something else. " * 120)
PARAMS = GenerateParams(n_predict=8, sampling=SamplingParams(temp=0, ignore_eos=True))


@pytest.fixture(scope="module")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third of a second of prefill, so that there is something to watch."""
    path = tmp_path_factory.mktemp("watch") / "slow.gguf"
    write_generated_llama(path, LlamaShape(4, 768, 8, 8, 2048, 512, 4096), "q4_0")
    return path


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefill, "WATCHED", 0)
    monkeypatch.setattr(watch, "INTERVAL", 0.01)


@pytest.fixture(scope="module")
def lasting(slow_model: Path) -> Iterator[LlamaEngine]:
    with LlamaEngine(EngineOptions(slow_model, n_ctx=4096, threads=2)) as engine:
        yield engine


@pytest.fixture
def engine(lasting: LlamaEngine) -> LlamaEngine:
    forget(lasting)
    return lasting


def forget(engine: LlamaEngine) -> None:
    """Its cache holds nothing of what is asked next."""
    list(engine.prefill(raw_prompt("Nothing of what follows begins like this.")))


def said(engine: LlamaEngine) -> list[str]:
    return [e.text for e in engine.generate(PROMPT, PARAMS) if isinstance(e, Chunk)]


def test_progress_is_told_inside_a_batch_and_never_goes_back(engine: LlamaEngine) -> None:
    steps = [e for e in engine.generate(PROMPT, PARAMS) if isinstance(e, Prefilled)]
    batches = -(-engine.count(PROMPT) // engine.info.n_ubatch)
    assert len(steps) > batches + 3
    assert all(a.done <= b.done for a, b in pairwise(steps))
    assert steps[-1].done == steps[-1].total


def test_watching_changes_nothing_in_the_answer(
    engine: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = said(engine)
    forget(engine)
    monkeypatch.setattr(prefill, "WATCHED", 1 << 60)
    assert said(engine) == seen


def test_leaving_inside_a_batch_stops_it_and_the_next_prompt_is_right(engine: LlamaEngine) -> None:
    expected = said(engine)
    stream = engine.generate(OTHER, PARAMS)
    assert any(isinstance(e, Prefilled) and 0 < e.done < e.total for e in stream)
    stream.close()  # type: ignore[attr-defined]
    assert said(engine) == expected


class Interrupted(threading.Thread):
    """Ctrl+C comes while it is being started."""

    def start(self) -> None:
        super().start()
        raise KeyboardInterrupt


def test_an_interrupt_while_a_batch_begins_leaves_nothing_running(
    engine: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two evaluations at once in one context end the process."""
    expected = said(engine)
    before = threading.active_count()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(watch, "Thread", Interrupted)
        list(engine.generate(OTHER, PARAMS))
    assert threading.active_count() == before
    assert said(engine) == expected


def test_a_cancel_inside_a_batch_ends_the_stream(engine: LlamaEngine) -> None:
    events = []
    for event in engine.generate(PROMPT, PARAMS):
        events.append(event)
        if isinstance(event, Prefilled) and 0 < event.done < event.total:
            engine.cancel()
    assert isinstance(events[-1], Done)
    assert events[-1].reason == "cancelled"


ONE_TEAM = """
import os, sys, time
from pathlib import Path
from llamachat.engine.llama import prefill
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.prompt import raw_prompt
prefill.WATCHED = 0
with LlamaEngine(EngineOptions(Path(sys.argv[1]), n_ctx=256, threads=2)) as opened:
    for word in ("one ", "two "):
        list(opened.generate(raw_prompt(word * 60), GenerateParams(2)))
    deadline = time.monotonic() + 10.0
    while len(os.listdir("/proc/self/task")) > 2 and time.monotonic() < deadline:
        time.sleep(0.05)  # a thread that has ended is listed for a moment
    print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
def test_no_idle_team_of_threads_is_left_behind(tiny: Path) -> None:
    """One more would make libgomp sleep instead of spin at every barrier of every later token."""
    command = [sys.executable, "-c", ONE_TEAM, str(tiny)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) == 2
