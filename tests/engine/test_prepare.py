"""What is evaluated while nobody waits: it gives way at once, and changes no answer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from llamachat.engine.base import Engine, Prefilled
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.prefill import DRAFT_TOKENS
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import Prompt, content, raw_prompt, scaffold
from llamachat.engine.remote.engine import RemoteEngine
from llamachat.errors import EngineError, UsageError
from tests.engine.answers import (
    PROMPT,
    TOLERANCE,
    done_of,
    largest_difference,
    run,
    text_of,
)
from tests.engine.conftest import OpenModel

LONG = raw_prompt("and then it went on and on, without an end in sight; " * 60)
KINDS: list[type[LlamaEngine] | type[ProcessEngine]] = [LlamaEngine, ProcessEngine]


@pytest.fixture(params=KINDS, scope="module")
def slow(request: pytest.FixtureRequest, slow_model: Path) -> Iterator[LlamaEngine | ProcessEngine]:
    with request.param(EngineOptions(slow_model, n_ctx=4096, threads=2)) as opened:
        yield opened


class Preparing:
    """A thread that prepares the long prompt until somebody wants something else."""

    def __init__(self, engine: Engine) -> None:
        self.begun = threading.Event()
        self.step = Prefilled(0, 0, 0)
        self._engine = engine
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Preparing":
        self._thread.start()
        assert self.begun.wait(20)
        return self

    def __exit__(self, *exc: object) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _work(self) -> None:
        with suppress(EngineError):  # it was closed
            self._engine.prepare(LONG, self._hear)

    def _hear(self, step: Prefilled) -> None:
        self.step = step
        if step.done > step.cached:
            self.begun.set()


@pytest.fixture
def near(engine: Engine) -> Engine:
    """One that drafts are read by."""
    if isinstance(engine, RemoteEngine):
        pytest.skip("drafts are not sent to a server")
    return engine


def test_prepared_or_not_the_answer_is_the_same(near: Engine) -> None:
    expected = text_of(run(near))
    list(near.prefill(raw_prompt("Something else entirely, said before.")))
    step = near.prepare(PROMPT)
    assert step.done == step.total == near.count(PROMPT)
    events = run(near)
    assert text_of(events) == expected
    assert done_of(events).usage.cached >= step.total - 1


def test_what_is_there_already_is_neither_evaluated_again_nor_cut(open_model: OpenModel) -> None:
    engine = open_model()
    run(engine)
    held = engine.inspect().tokens
    step = engine.prepare(PROMPT)
    assert step == Prefilled(step.total, step.total, step.total)
    assert engine.inspect().tokens == held


def test_a_corrected_draft_is_cut_at_the_common_prefix(open_model: OpenModel) -> None:
    engine = open_model()
    engine.prepare(raw_prompt("Once upon a time there was an old"))
    other = raw_prompt("Once upon a time there were two")
    step = engine.prepare(other)
    assert 4 < step.cached < step.total
    assert list(engine.inspect().tokens) == engine.vocab.tokenize(other).ids


@pytest.mark.parametrize(
    "ask",
    [
        lambda engine, path: run(engine, n=1),
        lambda engine, path: list(engine.prefill(PROMPT)),
        lambda engine, path: engine.count(PROMPT),
        lambda engine, path: engine.snapshot(path, "key"),
        lambda engine, path: engine.restore(path, "key"),
        lambda engine, path: engine.prepare(PROMPT),
        lambda engine, path: engine.inspect(),
    ],
)
def test_it_gives_way_to_whatever_is_asked(
    slow: Engine, tmp_path: Path, ask: Callable[[Engine, Path], object]
) -> None:
    list(slow.prefill(PROMPT))
    with Preparing(slow) as preparing:
        ask(slow, tmp_path / "kv")
    assert preparing.step.done < preparing.step.total
    assert done_of(run(slow, n=1)).reason == "length"


def test_a_message_waits_for_less_than_one_small_batch(slow: Engine) -> None:
    list(slow.prefill(PROMPT))
    began = time.perf_counter()
    slow.prepare(raw_prompt("one more small batch of words " * 40))
    batches = -(-slow.count(raw_prompt("one more small batch of words " * 40)) // DRAFT_TOKENS)
    batch = (time.perf_counter() - began) / batches
    alone = min(answer_time(slow) for _ in range(3))
    waits = []
    for _ in range(3):
        list(slow.prefill(PROMPT))
        with Preparing(slow):
            waits.append(answer_time(slow) - alone)
    print(f"a draft delays an answer by {max(waits):.4f} s; one small batch takes {batch:.4f} s")
    assert min(waits) < batch + 0.05  # others may take the processor meanwhile


def answer_time(engine: Engine) -> float:
    began = time.perf_counter()
    run(engine, n=1)
    return time.perf_counter() - began


def test_an_answer_makes_a_draft_wait_for_another_time(slow: Engine) -> None:
    stream = slow.generate(PROMPT, GenerateParams(50))
    next(stream)
    with pytest.raises(EngineError, match="still answering"):
        slow.prepare(LONG)
    stream.close()  # type: ignore[attr-defined]
    assert slow.prepare(PROMPT).done == slow.count(PROMPT)


def test_cancel_ends_it(slow: Engine) -> None:
    list(slow.prefill(PROMPT))
    with Preparing(slow) as preparing:
        slow.cancel()
    assert 0 < preparing.step.done < preparing.step.total


@pytest.mark.parametrize("kind", KINDS)
def test_close_ends_it(kind: type[LlamaEngine] | type[ProcessEngine], slow_model: Path) -> None:
    engine = kind(EngineOptions(slow_model, n_ctx=4096, threads=2))
    with Preparing(engine) as preparing:
        engine.close()
    assert preparing.step.done < preparing.step.total


def test_no_turn_is_dropped_for_a_draft(near: Engine) -> None:
    words = " tell me more about it please, and then some more"
    prompt: Prompt = (scaffold("A dialog.\n"),)
    for turn in range(1, 40):
        prompt += (scaffold("User:", turn), content(words, turn), scaffold("\nBob:", turn))
    with pytest.raises(UsageError, match=str(near.info.n_ctx)):
        near.prepare(prompt)
    assert done_of(run(near)).usage.dropped == 0


def test_a_draft_that_would_need_room_moves_nothing(open_model: OpenModel) -> None:
    engine = open_model()
    run(engine, n=200)
    held = engine.inspect()
    with pytest.raises(UsageError):
        engine.prepare((*PROMPT, content(" and then" * 200)))
    assert engine.inspect() == held
    assert not engine.cache.shift_pending


def test_a_prepared_prompt_has_the_logits_of_a_fresh_one(open_model: OpenModel) -> None:
    words = "Once upon a time there was a king who had three daughters and a golden ball to play"
    engine, fresh = open_model(), open_model()
    for end in range(len(words)):
        if words[end] == " ":
            engine.prepare(raw_prompt(words[:end]))
    for opened in (engine, fresh):
        list(opened.prefill(raw_prompt(words)))
    largest = largest_difference(engine.inspect().logits, fresh.inspect().logits)
    print(f"largest difference of a logit after drafts: {largest:.2g}")
    assert engine.inspect().tokens == fresh.inspect().tokens
    assert largest < TOLERANCE


def test_a_deterministic_engine_evaluates_no_drafts(open_model: OpenModel) -> None:
    engine = open_model(deterministic=True)
    assert engine.prepare(PROMPT) == Prefilled(0, 0, 0)
    assert not engine.inspect().tokens
