"""LlamaEngine: the engine contract over llama.cpp, in this process.

One prompt at a time: fit it into the context, reuse what the KV cache holds, evaluate the rest,
then sample until something ends it. A crash of llama.cpp is a crash of this process; ProcessEngine
puts a wall between.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

from llamachat.engine.base import Done, EngineInfo, Event, Prefilled, Trimmed
from llamachat.engine.context import Fit, Inspection, Tokens, common_prefix, fit_prompt
from llamachat.engine.llama.answer import Answer
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.llama.sampler import Sampler
from llamachat.engine.llama.snapshot import load_snapshot, save_snapshot
from llamachat.engine.llama.watch import BatchWatch
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt
from llamachat.engine.stream import Stream
from llamachat.errors import EngineError

PROGRESS_TOKENS = 512
"""at most this many prompt tokens in one batch"""

WATCHED = 10 << 30
"""tokens × bytes of weights from which a batch is watched: about a second's work"""

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
        self.cache = Cache(self._loaded)
        self.vocab = self._loaded.vocab
        self._sampler: Sampler | None = None
        self._watch: BatchWatch | None = None
        self._busy = False
        self._closed = False
        self._running: Generator[object, None, None] | None = None
        self._step = threading.RLock()
        """held by whoever is inside llama.cpp, so that nothing is freed under their feet"""

    def __enter__(self) -> LlamaEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def info(self) -> EngineInfo:
        return self._loaded.info

    def count(self, prompt: Prompt) -> int:
        with self._step:
            self._refuse_closed()
            return len(self.vocab.tokenize(prompt))

    def cancel(self) -> None:
        self._loaded.stop[0] = b"\1"

    def close(self) -> None:
        self.cancel()
        with self._step:
            self._closed = True
            if self._running is not None:
                self._running.close()
            if self._sampler is not None:
                self._sampler.close()
                self._sampler = None
            self._loaded.close()

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        with self._step:
            self._refuse_busy()
            fit = self._fit(prompt, drop=False)
            return self._begin(self._evaluate(fit.prompt), last=None)

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        with self._step:
            self._refuse_busy()
            fit = self._fit(prompt, drop=params.context_shift)
            answer = Answer(self.cache, self._loaded, self._sampler_for(params.sampling), params)
            return self._begin(self._generate(answer, fit), last=Done("cancelled"))

    def snapshot(self, path: Path, key: str) -> int:
        with self._step:
            self._refuse_busy()
            self._apply_pending_shift()
            return save_snapshot(self._loaded, self.cache.log, path, key)

    def restore(self, path: Path, key: str) -> int:
        with self._step:
            self._refuse_busy()
            return load_snapshot(self.cache, self._loaded, path, key)

    def inspect(self) -> Inspection:
        """What the KV cache holds now."""
        with self._step:
            self._refuse_busy()
            return self.cache.inspect()

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
            for event in self._evaluate(fit.prompt):
                answer.prefilled(event)
                yield event
            yield from answer.stream(fit.prompt)
        except EngineError as fault:
            yield answer.done("died", fault=fault)

    def _evaluate(self, prompt: Tokens) -> Generator[Prefilled, None, None]:
        """Make the cache hold the prompt, with logits for its last token."""
        total = len(prompt)
        cached = common_prefix(prompt.ids, self.cache.log.ids)
        cached = 0 if self._options.deterministic else min(cached, total - 1)
        if cached <= 0:
            self.cache.clear()
        self.cache.truncate(cached)
        cached = len(self.cache)
        self.cache.log.turns[:] = prompt.turns[:cached]
        yield Prefilled(cached, total, cached)
        step = min(PROGRESS_TOKENS, self.info.n_ubatch)
        while (start := len(self.cache)) < total and not self.cache.stopped:
            # What applies a shift cannot be stopped, so it is one token and not a batch.
            batch = prompt.slice(start, start + (1 if self.cache.shift_pending else step))
            for share in self._decode(batch):
                yield Prefilled(start + int(share * len(batch)), total, cached)
            yield Prefilled(len(self.cache), total, cached)

    def _decode(self, batch: Tokens) -> Iterator[float]:
        """Evaluate a batch; the share that is done from time to time, where that takes long."""
        if len(batch) == 1 or len(batch) * self.info.memory.model < WATCHED:
            self.cache.decode(batch)
            return
        if self._watch is None:
            loaded = self._loaded
            check = loaded.abort_check
            self._watch = BatchWatch(loaded.context, loaded.stop, check, self.info.n_layer)
        yield from self._watch.run(lambda: self.cache.decode(batch))

    def _apply_pending_shift(self) -> None:
        """A shift is only a mark until the next decode: evaluate the last token once more."""
        if not self.cache.shift_pending or not len(self.cache):
            return
        last = self.cache.log.slice(len(self.cache) - 1)
        self.cache.truncate(len(self.cache) - 1)
        self.cache.decode(last)
