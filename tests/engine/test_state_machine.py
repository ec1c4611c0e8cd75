"""A real worker driven in random order: prefill, answers, cancels, kills, snapshots, full contexts.

After each step its token log is evaluated afresh by another engine, and the logits must agree. One
layer of f32 weights and an f32 cache: there a shift is exact but for rounding (a deeper model keeps
what it took from the turns that were dropped), and batch shapes change the last digits of sums.
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, Phase, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from llamachat.engine import supervisor
from llamachat.engine.base import Done, Event, Prefilled
from llamachat.engine.context import Tokens
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import Prompt, content, scaffold
from llamachat.gguf.generated import LlamaShape, write_generated_llama
from tests.engine.answers import GREEDY, largest_difference, text_of

SHAPE = LlamaShape(1, 256, 4, 2, 512, 512, 512)
N_CTX = 256
TOLERANCE = 1e-2
"""of a logit (standard deviation near 3); largest seen in 60 examples of 40 steps: 2e-5"""

PREAMBLE = scaffold("A dialog without an end.\n")
WORDS = st.sampled_from(["hello there", "tell me more about it", "why", "and then 42 of them"])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("state") / "one-layer.gguf"
    write_generated_llama(path, SHAPE, "f32", seed=3)
    return path


def options(model: Path) -> EngineOptions:
    return EngineOptions(
        model,
        n_ctx=N_CTX,
        threads=1,
        cache_type_k="f32",
        cache_type_v="f32",
        flash_attention="off",
    )


class Worker(RuleBasedStateMachine):
    """The dialog that is asked for, the worker that answers, and the snapshots it wrote."""

    model: Path

    @initialize()
    def start(self) -> None:
        self.engine = ProcessEngine(options(self.model))
        self.fresh = LlamaEngine(options(self.model))
        self.folder = tempfile.TemporaryDirectory()
        self.turns: list[tuple[str, str]] = []
        self.number = 0
        self.saved: dict[str, tuple[int, ...]] = {}
        self.largest = 0.0

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        event(f"largest difference of a logit: {self.largest:.0e}")
        pid = self.engine.pid
        self.engine.close()
        self.fresh.close()
        self.folder.cleanup()
        assert pid is None or not psutil.pid_exists(pid)

    def prompt(self, words: str) -> Prompt:
        segments = [PREAMBLE]
        for number, (asked, said) in enumerate([*self.turns, (words, "")], start=1):
            segments += [scaffold("User:", number), content(f" {asked}", number)]
            segments += [scaffold("\nBob:", number)]
            if number <= len(self.turns):
                segments += [content(said, number), scaffold("\n", number)]
        return tuple(segments)

    def begin(self, words: str, n: int) -> Iterator[Event]:
        params = GenerateParams(n, sampling=GREEDY, context_shift=True)
        return self.engine.generate(self.prompt(words), params)

    def keep(self, words: str, events: list[Event]) -> None:
        """What a chat would store, after the stream was found to be one."""
        dones = [item for item in events if isinstance(item, Done)]
        assert dones == [events[-1]], "exactly one Done, and nothing after it"
        if text := text_of(events):
            self.turns.append((words, text))

    def kill(self) -> None:
        """Returns when it is dead, so that examples can be repeated; nobody has reaped it yet."""
        pid = self.engine.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    @rule(words=WORDS, n=st.integers(0, 40))
    def answer(self, words: str, n: int) -> None:
        events = list(self.begin(words, n))
        self.keep(words, events)
        assert isinstance(events[-1], Done)
        assert events[-1].reason in ("length", "context")

    @rule(words=WORDS, after=st.integers(0, 12))
    def cancelled(self, words: str, after: int) -> None:
        events: list[Event] = []
        for item in self.begin(words, 60):
            events.append(item)
            if len(events) == after:
                self.engine.cancel()
        self.keep(words, events)

    @rule(words=WORDS, after=st.integers(0, 12))
    def left_early(self, words: str, after: int) -> None:
        stream = self.begin(words, 60)
        for _ in range(after):
            if isinstance(next(stream), Done):
                break
        stream.close()  # type: ignore[attr-defined]

    @rule(words=WORDS)
    def prefilled(self, words: str) -> None:
        self.turns = self.turns[-2:]  # a prefill never drops a turn: it must fit
        steps = list(self.engine.prefill(self.prompt(words)))
        assert all(isinstance(step, Prefilled) for step in steps)
        assert steps[-1].done == steps[-1].total

    @rule(words=WORDS, after=st.integers(0, 8))
    def killed_while_it_answers(self, words: str, after: int) -> None:
        events: list[Event] = []
        for item in self.begin(words, 60):
            events.append(item)
            if len(events) == after:
                self.kill()
        self.keep(words, events)

    @rule()
    def killed_while_idle(self) -> None:
        self.kill()

    @rule(where=st.integers(0, 1000))
    def forked(self, where: int) -> None:
        """Go on from an earlier turn."""
        del self.turns[where % (len(self.turns) + 1) :]

    @rule()
    def saved_to_disk(self) -> None:
        self.number += 1
        key = f"state-{self.number}"
        held = self.engine.inspect().tokens
        assert self.engine.snapshot(Path(self.folder.name) / key, key) == len(held)
        self.saved[key] = held

    @precondition(lambda self: self.saved)
    @rule(which=st.integers(0, 1000))
    def restored(self, which: int) -> None:
        key = sorted(self.saved)[which % len(self.saved)]
        path = Path(self.folder.name) / key
        assert self.engine.restore(path, key) == len(self.saved[key])
        assert self.engine.inspect().tokens == self.saved[key]

    @invariant()
    def the_cache_is_what_its_log_says(self) -> None:
        if not hasattr(self, "engine"):
            return
        held = self.engine.inspect()
        assert len(held.tokens) == len(held.turns) <= N_CTX
        assert list(held.turns) == sorted(held.turns)
        if not held.logits:
            return
        self.fresh.cache.clear()
        self.fresh.cache.decode(Tokens(list(held.tokens), list(held.turns)))
        difference = largest_difference(held.logits, self.fresh.cache.logits())
        note(f"{len(held.tokens)} tokens, largest difference of a logit {difference:.2g}")
        self.largest = max(self.largest, difference)
        assert difference <= TOLERANCE


def drive(model: Path, monkeypatch: pytest.MonkeyPatch, *, examples: int, steps: int) -> None:
    monkeypatch.setattr(supervisor, "BACKOFF", (0.0,) * steps)
    monkeypatch.setattr(supervisor, "MAX_CRASHES", steps)
    machine = type("DrivenWorker", (Worker,), {"model": model})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate],  # shrinking would start hundreds of workers
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_order_of_requests_and_faults_leaves_a_true_cache(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive(model, monkeypatch, examples=10, steps=12)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_does_so_for_long(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive(model, monkeypatch, examples=60, steps=40)
