"""LlamaEngine: the engine contract over llama.cpp, in this process.

One prompt at a time: fit it into the context, reuse what the KV cache holds, evaluate the rest,
then sample until something ends it. A crash of llama.cpp is a crash of this process; ProcessEngine
puts a wall between.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from llamachat.engine.base import Done, EngineInfo, Event, Prefilled, Report, Trimmed
from llamachat.engine.context import Fit, Inspection, Tokens, fit_prompt
from llamachat.engine.draft_budget import DraftBudget
from llamachat.engine.embedding import Embedding
from llamachat.engine.llama.answer import Answer
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.embedding import Embedder
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.llama.prefill import PromptReader
from llamachat.engine.llama.sampler import Sampler
from llamachat.engine.llama.saver import Saver
from llamachat.engine.llama.snapshot import load_snapshot, save_snapshot
from llamachat.engine.llama.spare_time import SpareTime
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt
from llamachat.engine.state_key import state_key
from llamachat.engine.stream import Stream
from llamachat.engine.tuning.values import Step, Task
from llamachat.errors import EngineError

T = TypeVar("T")


class LlamaEngine:
    """A loaded model that answers prompts.

    Raises (on construction):
        ModelError: the file is no model this library can load.
        OutOfMemory: the context does not fit.
        EngineError: the library is missing or refuses the options.
    """

    def __init__(
        self, options: EngineOptions, *, on_progress: Callable[[float], None] | None = None
    ) -> None:
        self._loaded = LoadedModel(options, on_progress)
        self._options = options
        self._info = replace(
            self._loaded.info, state_key=state_key(self._loaded.options, self._loaded.info)
        )
        self.cache = Cache(self._loaded)
        self.vocab = self._loaded.vocab
        self._reader = PromptReader(self.cache, self._loaded)
        self._saver = Saver()
        self._embedder = Embedder(self._loaded)
        self._sampler: Sampler | None = None
        self.draft_budget = DraftBudget() if _may_draft(options) else None
        self._busy = False
        self._closed = False
        self._running: Generator[object, None, None] | None = None
        self._step = threading.RLock()
        """held by whoever is inside llama.cpp, so that nothing is freed under their feet"""
        self._spare = SpareTime(self._step, self.cancel)

    def __enter__(self) -> LlamaEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def info(self) -> EngineInfo:
        return self._info

    def count(self, prompt: Prompt) -> int:
        self._spare.end()
        with self._step:
            self._refuse_closed()
            return len(self.vocab.tokenize(prompt))

    def cancel(self) -> None:
        self._loaded.stop[0] = b"\1"

    def close(self) -> None:
        self.cancel()
        with self._step:
            self._closed = True
            self._spare.drop()
            if self._running is not None:
                self._running.close()
            if self._sampler is not None:
                self._sampler.close()
                self._sampler = None
            self._embedder.close()
            self._loaded.close()
            self._saver.reap()

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        with self._alone():
            fit = self._fit(prompt, drop=False)
            return self._begin(self._reader.read(fit.prompt), last=None)

    def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
        step = Prefilled(0, 0, 0)
        for step in self.preparing(prompt):
            if report is not None:
                report(step)
        return step

    def preparing(self, prompt: Prompt) -> Iterator[Prefilled]:
        """The steps of `prepare`."""
        with self._alone():
            fit = self._fit(prompt, drop=False)
            if self._options.deterministic:
                return iter(())
            self._loaded.stop[0] = b"\0"
            return self._spare.spend(self._reader.draft(fit.prompt))

    def tuning(self, task: Task) -> Iterator[Step]:
        """The steps of a search for the fastest setup, which gives way as `prepare` does."""
        from llamachat.engine.llama.trials import tuning_steps  # 15 ms, for a search only

        with self._alone():
            self._loaded.stop[0] = b"\0"
            return self._spare.spend(tuning_steps(self._loaded, task))

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        with self._alone():
            fit = self._fit(prompt, drop=params.context_shift)
            sampler = self._sampler_for(params.sampling)
            answer = Answer(self.cache, self._loaded, sampler, params, self.draft_budget)
            return self._begin(self._generate(answer, fit), last=Done("cancelled"))

    def embed(self, prompts: Sequence[Prompt]) -> Iterator[Embedding]:
        """A vector for each text; the KV cache of the chat stays as it is."""
        with self._alone():
            return self._begin(self._embedder.embed(prompts), last=None)

    def snapshot(self, path: Path, key: str, *, wait: bool = True, leaving: bool = False) -> int:
        with self._alone():
            self._reader.apply_pending_shift()
            log = self.cache.log.slice(0)
            save = partial(save_snapshot, self._loaded, log, path, key)
            if wait:
                return save()
            return len(log) if self._saver.start(save, hurry=leaving) else 0

    def restore(self, path: Path, key: str) -> int:
        with self._alone():
            self._saver.make_way(self._loaded.info.memory.kv_cache)
            return load_snapshot(self.cache, self._loaded, path, key)

    def inspect(self) -> Inspection:
        """What the KV cache holds now."""
        with self._alone():
            return self.cache.inspect()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Inside llama.cpp, where no answer is being written; a draft gives way."""
        self._spare.end()
        with self._step:
            self._spare.drop()
            self._refuse_busy()
            yield

    def _refuse_closed(self) -> None:
        if self._closed:
            raise EngineError("The engine is closed.")

    def _refuse_busy(self) -> None:
        self._refuse_closed()
        if self._busy:
            raise EngineError("The engine is still answering.", "Cancel that answer first.")

    def _fit(self, prompt: Prompt, *, drop: bool) -> Fit:
        tokens = self.vocab.tokenize(prompt)
        log = Tokens() if self._options.deterministic else self.cache.log
        return fit_prompt(tokens, log, n_ctx=self.info.n_ctx, drop=drop)

    def _begin(self, events: Generator[T, None, None], *, last: T | None) -> Stream[T]:
        self._busy, self._running = True, events
        self._loaded.stop[0] = b"\0"
        return Stream(self._in_steps(events, last), self._end)

    def _end(self) -> None:
        self._busy, self._running = False, None

    def _in_steps(
        self, events: Generator[T, None, None], last: T | None
    ) -> Generator[T, None, None]:
        """The events, each fetched under the lock; where the engine is closed before, `last`."""
        done = False
        try:
            while not done:
                with self._step:
                    event = next(events, None)
                if event is None:
                    event = last if self._closed else None
                    done = True
                if event is not None:
                    done = done or isinstance(event, Done)
                    yield event
        finally:
            with self._step:
                events.close()

    def _sampler_for(self, params: SamplingParams) -> Sampler:
        """The chain is rebuilt only where a parameter changed, or a fresh seed is wanted."""
        if self._sampler is not None and self._sampler.serves(params):
            return self._sampler
        fresh = Sampler(self.vocab, params)
        if self._sampler is not None:
            self._sampler.close()
        self._sampler = fresh
        return fresh

    def _generate(self, answer: Answer, fit: Fit) -> Generator[Event, None, None]:
        if fit.dropped:
            answer.dropped += fit.dropped_tokens
            yield Trimmed(fit.dropped, fit.dropped_tokens)
        try:
            reuse = self.cache.can_shift and not self._options.deterministic
            if fit.shift is not None and reuse:
                self.cache.remove(*fit.shift)
            for event in self._reader.read(fit.prompt):
                answer.prefilled(event)
                yield event
            yield from answer.stream(fit.prompt)
        except EngineError as fault:
            yield answer.done("died", fault=fault)


def _may_draft(options: EngineOptions) -> bool:
    """Batches of other shapes than one token are other sums."""
    return options.spec_type != "none" and not options.deterministic
