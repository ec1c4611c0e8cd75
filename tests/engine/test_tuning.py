"""The search on real models in a real worker: in time, without a trace, and out of the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.engine.llama.trial_context import TrialContext
from llamachat.engine.llama.trials import tuning_steps
from llamachat.engine.params import EngineOptions, FlashAttention
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import raw_prompt
from llamachat.engine.tuning.values import (
    Candidate,
    Step,
    Task,
    Tunes,
    Verdict,
)
from llamachat.errors import EngineError
from tests.engine.answers import PROMPT, done_of, run, text_of
from tests.engine.conftest import OpenModel

CANDIDATES = (
    Candidate("threads", "2"),
    Candidate("flash_attention", "off"),
    Candidate("n_ubatch", "128"),
    Candidate("cache_type", "q8_0"),
)
SHORT = Task(CANDIDATES, seconds=1.5, others=1.0)
ENDLESS = Task(CANDIDATES, seconds=60, others=1.0)


@pytest.fixture(scope="module")
def worker(slow_model: Path) -> Iterator[ProcessEngine]:
    with ProcessEngine(EngineOptions(slow_model, n_ctx=1024, threads=1)) as engine:
        yield engine


class Tuning:
    """A thread that measures until somebody wants something else."""

    def __init__(self, engine: Tunes) -> None:
        self.begun = threading.Event()
        self.verdicts: tuple[Verdict, ...] = ()
        self._engine = engine
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Tuning:
        self._thread.start()
        assert self.begun.wait(20)
        return self

    def __exit__(self, *exc: object) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        self.verdicts = self._engine.tune(ENDLESS, lambda _step: self.begun.set())


def test_search_ends_in_time_and_judges_every_candidate(worker: ProcessEngine) -> None:
    heard: list[Step] = []
    began = time.perf_counter()
    verdicts = worker.tune(SHORT, heard.append)
    assert time.perf_counter() - began < SHORT.seconds + 2
    assert [v.candidate for v in verdicts] == list(CANDIDATES)
    assert "not possible" not in {v.outcome for v in verdicts}
    assert [step for step in heard if isinstance(step, Verdict)] == list(verdicts)
    assert any(v.figures for v in verdicts)
    assert isinstance(worker, Tunes)


def test_what_was_known_is_not_measured_again(worker: ProcessEngine) -> None:
    known = worker.tune(Task(CANDIDATES[:1], seconds=0.5))
    found = worker.tune(Task(CANDIDATES[:2], known, seconds=0.5))
    assert [v.candidate for v in found] == [CANDIDATES[1]]


def test_message_is_answered_at_once_and_the_chat_is_as_it_was(worker: ProcessEngine) -> None:
    expected = text_of(run(worker))
    held = worker.inspect().tokens
    alone = min(answer_time(worker) for _ in range(3))
    waits = []
    for _ in range(3):
        with Tuning(worker) as tuning:
            time.sleep(0.2)
            waits.append(answer_time(worker) - alone)
        assert len(tuning.verdicts) < len(CANDIDATES)
    print(f"a search delays an answer by {sorted(waits)[1]:.3f} s at the median")
    assert sorted(waits)[1] < 0.5
    assert text_of(run(worker)) == expected
    assert worker.inspect().tokens == held


def answer_time(engine: ProcessEngine) -> float:
    began = time.perf_counter()
    run(engine, n=1)
    return time.perf_counter() - began


def test_draft_comes_first_too_and_a_search_waits_for_nobody(worker: ProcessEngine) -> None:
    with Tuning(worker):
        step = worker.prepare(PROMPT)
    assert step.done == step.total
    stream = worker.prefill(raw_prompt("and then it went on and on; " * 40))
    next(stream)
    with pytest.raises(EngineError, match="still answering"):
        worker.tune(SHORT)
    stream.close()  # type: ignore[attr-defined]


def test_cancel_ends_it(worker: ProcessEngine) -> None:
    with Tuning(worker) as tuning:
        worker.cancel()
    assert len(tuning.verdicts) < len(CANDIDATES)
    assert done_of(run(worker, n=1)).reason == "length"


def test_closing_ends_it_and_frees_what_it_holds(open_model: OpenModel) -> None:
    engine = open_model()
    steps = engine.tuning(ENDLESS)
    next(steps)
    next(steps)
    engine.close()
    assert next(steps, None) is None


def test_any_request_ends_a_search_in_the_same_process(open_model: OpenModel) -> None:
    engine = open_model()
    steps = engine.tuning(ENDLESS)
    next(steps)
    next(steps)
    assert done_of(run(engine, n=2)).reason == "length"
    assert next(steps, None) is None


@pytest.mark.parametrize("attention", ["auto", "off"])
def test_deep_context_holds_as_many_cells_as_it_says(
    open_model: OpenModel, attention: FlashAttention
) -> None:
    """Copies of a few evaluated cells, and all of them in the sequence that is decoded."""
    loaded = open_model()._loaded
    options = replace(
        loaded.options, n_ctx=1024, n_batch=64, n_ubatch=64, flash_attention=attention
    )
    context = TrialContext(loaded, options, depth=512)
    try:
        deep = context.state_bytes
        context.evaluate(16)
        assert context.state_bytes - deep == pytest.approx(16 * deep / 512, rel=0.05)
        context.take_back()
        assert context.state_bytes == deep
        assert context.decode(0.01) > 0
        assert context.prefill(64, 0.5, 0.01) > 0
        assert context.state_bytes == deep
    finally:
        context.close()


def test_steps_of_a_dropped_search_free_their_contexts(open_model: OpenModel) -> None:
    steps = tuning_steps(open_model()._loaded, ENDLESS)
    next(steps)
    next(steps)
    steps.close()
    assert next(steps, None) is None
