"""LlamaEngine: the engine contract over llama.cpp, in this process.

One prompt at a time: fit it into the context, reuse what the KV cache holds, evaluate the rest,
then sample until something ends it. A crash of llama.cpp is a crash of this process; ProcessEngine
puts a wall between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from llamachat.engine.base import EngineInfo, Event, Prefilled, Trimmed
from llamachat.engine.context import Tokens, common_prefix, fit_prompt
from llamachat.engine.llama.answer import Answer
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.llama.sampler import Sampler
from llamachat.engine.llama.snapshot import load_snapshot, save_snapshot
from llamachat.engine.llama.watch import BatchWatch
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt
from llamachat.errors import EngineError

PROGRESS_TOKENS = 512
"""at most this many prompt tokens in one batch"""

WATCHED = 10 << 30
"""tokens × bytes of weights from which a batch is watched: about a second's work"""


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

    def __enter__(self) -> LlamaEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def info(self) -> EngineInfo:
        return self._loaded.info

    def count(self, prompt: Prompt) -> int:
        return len(self.vocab.tokenize(prompt))

    def cancel(self) -> None:
        self._loaded.stop[0] = b"\1"

    def close(self) -> None:
        self.cancel()
        if self._sampler is not None:
            self._sampler.close()
            self._sampler = None
        if self._watch is not None:
            self._watch.close()
        self._loaded.close()

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        tokens = self.vocab.tokenize(prompt)
        fit = fit_prompt(tokens, self.cache.log, n_ctx=self.info.n_ctx, drop=False)
        self._start()
        return self._prefill_only(fit.prompt)

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        tokens = self.vocab.tokenize(prompt)
        fit = fit_prompt(tokens, self.cache.log, n_ctx=self.info.n_ctx, drop=params.context_shift)
        sampler = self._sampler_for(params.sampling)
        self._start()
        answer = Answer(self.cache, self._loaded, sampler, params)
        trimmed = Trimmed(fit.dropped, fit.dropped_tokens) if fit.dropped else None
        return self._generate(answer, fit.prompt, fit.shift, trimmed)

    def snapshot(self, path: Path, key: str) -> int:
        self._apply_pending_shift()
        return save_snapshot(self._loaded.context, self.cache.log, path, key)

    def restore(self, path: Path, key: str) -> int:
        return load_snapshot(self.cache, self._loaded.context, path, key)

    def _start(self) -> None:
        if self._busy:
            raise EngineError("The engine is still answering.", "Cancel that answer first.")
        self._busy = True
        self._loaded.stop[0] = b"\0"

    def _sampler_for(self, params: SamplingParams) -> Sampler:
        """The chain is rebuilt only where a parameter changed, or a fresh seed is wanted."""
        if self._sampler is not None and self._sampler.serves(params):
            return self._sampler
        fresh = Sampler(self.vocab, params)
        if self._sampler is not None:
            self._sampler.close()
        self._sampler = fresh
        return fresh

    def _prefill_only(self, prompt: Tokens) -> Iterator[Prefilled]:
        try:
            yield from self._evaluate(prompt)
        finally:
            self._busy = False

    def _generate(
        self,
        answer: Answer,
        prompt: Tokens,
        shift: tuple[int, int] | None,
        trimmed: Trimmed | None,
    ) -> Iterator[Event]:
        try:
            if trimmed is not None:
                answer.dropped += trimmed.tokens
                yield trimmed
            if shift is not None and not self._options.deterministic:
                self.cache.remove(*shift)
            for event in self._evaluate(prompt):
                answer.prefilled(event)
                yield event
            yield from answer.stream(prompt)
        finally:
            self._busy = False

    def _evaluate(self, prompt: Tokens) -> Iterator[Prefilled]:
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
        while len(self.cache) < total and not self.cache.stopped:
            start = len(self.cache)
            batch = prompt.slice(start, start + step)
            for share in self._decode(batch):
                yield Prefilled(start + int(share * len(batch)), total, cached)
            yield Prefilled(len(self.cache), total, cached)

    def _decode(self, batch: Tokens) -> Iterator[float]:
        """Evaluate a batch; the share that is done from time to time, where that takes long."""
        if len(batch) * self.info.memory.model < WATCHED:
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
        self._loaded.stop[0] = b"\0"
        last = self.cache.log.slice(len(self.cache) - 1)
        self.cache.truncate(len(self.cache) - 1)
        self.cache.decode(last)
