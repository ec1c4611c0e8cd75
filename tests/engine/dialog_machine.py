"""A dialog that hypothesis drives at random over a real worker, checked after each step.

The model has one layer, so that keys and values depend on token and position alone and a shifted
cache can be compared with a fresh one (see `test_shift`).
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import sleep

import psutil
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from llamachat.engine.base import Done, Event, Trimmed
from llamachat.engine.context import Inspection, Tokens
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.vocab import as_bytes
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import Prompt, content, prompt_text, raw_prompt, scaffold
from llamachat.errors import UsageError
from tests.engine.answers import GREEDY, done_of, largest_difference, text_of

N_CTX = 256
PREAMBLE = scaffold("A dialog between two who like to talk.\n")

ROUNDING = 0.1
"""of a logit (standard deviation 2.7), f16 cache; largest seen in 250 dialogs of 60 steps: 0.031"""

WORDS = st.sampled_from(
    [
        " hello",
        " and what then?",
        " tell me more of it, as much as there is to tell",
        " é😀\n\n",
        "",
    ]
)
LENGTHS = st.sampled_from([0, 1, 5, 30, 90])
MOMENTS = st.integers(0, 12)


class Dialog(RuleBasedStateMachine):
    """Everything a person, a crash or an app can do to an engine, in any order."""

    options: EngineOptions
    fresh: LlamaEngine
    """what a cache should hold is evaluated here from nothing"""
    largest = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="llamachat-test-")
        self.snapshot = Path(self.folder.name, "kv")
        self.saved: Inspection | None = None
        self.engine = ProcessEngine(self.options)
        self.history: Prompt = (PREAMBLE,)
        self.turn = 0

    def teardown(self) -> None:
        pid = self.engine.pid
        self.engine.close()
        self.folder.cleanup()
        assert pid is None or not psutil.pid_exists(pid)

    def ask(self, words: str) -> None:
        self.turn += 1
        self.history += (scaffold("User:", self.turn), content(words, self.turn))
        self.history += (scaffold("\nBob:", self.turn),)

    def answered(self, text: str) -> None:
        self.history += (content(text, self.turn), scaffold("\n", self.turn))

    def begin(self, n: int, *, shift: bool) -> Iterator[Event] | None:
        """The stream of an answer; None where the prompt is too long and nothing may be dropped."""
        params = GenerateParams(n, sampling=GREEDY, context_shift=shift)
        try:
            return self.engine.generate(self.history, params)
        except UsageError as refusal:
            assert str(N_CTX) in refusal.message
            assert not shift
            assert self.engine.count(self.history) > N_CTX - 4
            self.begin_again()
            return None

    @rule()
    def begin_again(self) -> None:
        self.history, self.turn = (PREAMBLE,), 0

    @rule(words=WORDS, n=LENGTHS, shift=st.booleans())
    def talk(self, words: str, n: int, shift: bool) -> None:
        self.ask(words)
        if stream := self.begin(n, shift=shift):
            events = self.listen(stream)
            done = done_of(events)
            assert done.reason in ("length", "context")
            assert shift or not any(isinstance(event, Trimmed) for event in events)
            self.answered(text_of(events))

    def listen(self, stream: Iterator[Event]) -> list[Event]:
        events = list(stream)
        assert isinstance(done_of(events), Done)
        assert next(stream, None) is None
        return events

    @rule(words=WORDS, n=LENGTHS, shift=st.booleans(), after=MOMENTS)
    def cancel(self, words: str, n: int, shift: bool, after: int) -> None:
        self.ask(words)
        if stream := self.begin(n, shift=shift):
            events = list(islice(stream, after))
            self.engine.cancel()
            events += stream
            assert done_of(events).reason in ("cancelled", "length", "context")
            self.answered(text_of(events))

    @rule(words=WORDS, n=LENGTHS, shift=st.booleans(), after=MOMENTS, drop=st.booleans())
    def leave(self, words: str, n: int, shift: bool, after: int, drop: bool) -> None:
        """Stop reading: the turn is given up."""
        before = self.history, self.turn
        self.ask(words)
        if stream := self.begin(n, shift=shift):
            list(islice(stream, after))
            if not drop:
                stream.close()  # type: ignore[attr-defined]
            del stream
            self.history, self.turn = before

    @rule(words=WORDS, n=LENGTHS, shift=st.booleans(), after=st.none() | MOMENTS)
    def kill(self, words: str, n: int, shift: bool, after: int | None) -> None:
        """In the middle of an answer, or between two."""
        self.ask(words)
        if after is None:
            self.kill_now()
        elif stream := self.begin(n, shift=shift):
            events = list(islice(stream, after))
            self.kill_now()
            events += stream
            done = done_of(events)
            assert done.reason != "cancelled"
            assert (done.fault is not None) == (done.reason == "died")
            self.answered(text_of(events))

    def kill_now(self) -> None:
        if (pid := self.engine.pid) is not None:
            os.kill(pid, signal.SIGKILL)
            while self.engine.pid is not None:
                sleep(0.001)
            self.engine.reset_crashes()

    @rule(turns=st.integers(1, 3))
    def take_back(self, turns: int) -> None:
        """The last turns are edited away, as for another try."""
        self.turn = max(self.turn - turns, 0)
        self.history = tuple(s for s in self.history if s.turn <= self.turn)

    @rule(n=st.sampled_from([1, 300]), keep=st.sampled_from([-1, 0, 7]))
    def complete(self, n: int, keep: int) -> None:
        """A prompt without turns: half of what follows n_keep goes."""
        params = GenerateParams(n, sampling=GREEDY, context_shift=True, n_keep=keep)
        events = self.listen(self.engine.generate(raw_prompt("Once upon a time"), params))
        assert done_of(events).usage.generated == n

    @rule()
    def prefill(self) -> None:
        """Afterwards the cache holds the whole prompt, or the turns that were kept, and no more."""
        try:
            steps = list(self.engine.prefill(self.history))
        except UsageError:
            self.begin_again()
            return
        held = self.engine.inspect()
        assert steps[-1].done == steps[-1].total == len(held.tokens)
        assert self.holds(self.history, held, steps[-1].total) and held.logits

    def holds(self, prompt: Prompt, held: Inspection, count: int) -> bool:
        """Whether so many tokens of the cache are the prompt, or the turns of it that were kept."""
        kept = tuple(s for s in prompt if s.turn in held.turns[:count])
        spelt = b"".join(map(self.fresh.vocab.piece, held.tokens[:count]))
        return spelt == b" " + as_bytes(prompt_text(kept))

    @rule(words=WORDS)
    def draft(self, words: str) -> None:
        """Afterwards the cache begins with what is being written."""
        prompt = (*self.history, content(words, self.turn + 1))
        with suppress(UsageError):
            step = self.engine.prepare(prompt)
            assert step.done == step.total
            assert self.holds(prompt, self.engine.inspect(), step.total)

    @rule()
    def save(self) -> None:
        self.engine.snapshot(self.snapshot, "key")
        self.saved = self.engine.inspect()

    @precondition(lambda self: self.saved is not None)
    @rule(key=st.sampled_from(["key", "key", "another"]))
    def restore(self, key: str) -> None:
        assert self.saved is not None
        before = self.engine.inspect()
        found = self.engine.restore(self.snapshot, key)
        held, expected = self.engine.inspect(), self.saved if key == "key" else before
        assert found == (len(self.saved.tokens) if key == "key" else 0)
        assert (held.tokens, held.turns) == (expected.tokens, expected.turns)

    @rule()
    def next_words(self) -> None:
        """Greedy text is what the fresh engine says, up to a near tie."""
        if stream := self.begin(6, shift=False):
            done = done_of(self.listen(stream))
            held = self.engine.inspect()
            for place in range(done.usage.prompt, len(held.tokens)):
                best, second = self.two_best(held.tokens[:place])
                if best[0] - second[0] < ROUNDING:
                    return
                assert held.tokens[place] == best[1]

    def two_best(self, tokens: tuple[int, ...]) -> list[tuple[float, int]]:
        """The likeliest continuations, (logit, token), the end of text left out."""
        logits = self.evaluate(tokens)
        banned = self.fresh.vocab.end_tokens()
        candidates = [(logit, token) for token, logit in enumerate(logits) if token not in banned]
        return sorted(candidates, reverse=True)[:2]

    def evaluate(self, tokens: tuple[int, ...]) -> list[float]:
        self.fresh.cache.clear()
        self.fresh.cache.decode(Tokens(list(tokens), [0] * len(tokens)))
        return self.fresh.cache.logits()

    @invariant()
    def cache_is_what_a_fresh_prefill_gives(self) -> None:
        held = self.engine.inspect()
        assert len(held.tokens) == len(held.turns) < N_CTX
        assert list(held.turns) == sorted(held.turns)
        if held.logits:
            difference = largest_difference(held.logits, self.evaluate(held.tokens))
            note(f"{len(held.tokens)} tokens, largest difference {difference:.2g}")
            Dialog.largest = max(Dialog.largest, difference)
            assert difference < ROUNDING
