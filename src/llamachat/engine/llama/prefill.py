"""Makes the KV cache hold a prompt, evaluating nothing that it holds already.

For an answer in batches as large as pays, the last token always evaluated, since the first word is
sampled from its logits; for a draft in small ones, which are soon over when somebody asks for
something. Knows nothing of who asks.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

from llamachat.engine.base import Prefilled
from llamachat.engine.context import Tokens, common_prefix
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.llama.watch import BatchWatch

PROGRESS_TOKENS = 512
"""at most this many prompt tokens in one batch"""

DRAFT_TOKENS = 16
"""in the first batch of a draft; what is left of a batch is lost when it gives way"""

DRAFT_SECONDS = 0.1
"""batches of a draft that take less are followed by larger ones"""

WATCHED = 10 << 30
"""tokens × bytes of weights from which a batch is watched: about a second's work"""


class PromptReader:
    """Evaluates prompts into one cache."""

    def __init__(self, cache: Cache, loaded: LoadedModel) -> None:
        self._cache = cache
        self._loaded = loaded
        self._watch: BatchWatch | None = None

    def read(self, prompt: Tokens) -> Generator[Prefilled, None, None]:
        """Make the cache hold the prompt and no more, with logits for its last token."""
        cache, total = self._cache, len(prompt)
        cached = common_prefix(prompt.ids, cache.log.ids)
        cached = 0 if self._loaded.options.deterministic else min(cached, total - 1)
        if cached <= cache.rows_left(total - cached):  # a mark of the beginning and little more
            cached = 0
            cache.clear()
        cached = self._keep(prompt, cached)
        yield Prefilled(cached, total, cached)
        step = min(PROGRESS_TOKENS, self._loaded.info.n_ubatch)
        while (start := len(cache)) < total and not cache.stopped:
            # What applies a shift cannot be stopped, so it is one token and not a batch.
            batch = prompt.slice(start, start + (1 if cache.shift_pending else step))
            for share in self._decode(batch):
                yield Prefilled(start + int(share * len(batch)), total, cached)
            yield Prefilled(len(cache), total, cached)

    def draft(self, prompt: Tokens) -> Generator[Prefilled, None, None]:
        """Make the cache begin with the prompt; what lies behind it stays, it may come back."""
        cache, total = self._cache, len(prompt)
        cached = common_prefix(prompt.ids, cache.log.ids)
        if cached < total:
            cached = self._keep(prompt, cached)
        yield Prefilled(cached, total, cached)
        if cached == total:
            return
        most = min(PROGRESS_TOKENS, self._loaded.info.n_ubatch)
        step = min(DRAFT_TOKENS, most)
        while (start := len(cache)) < total and not cache.stopped:
            began = time.perf_counter()
            cache.decode(prompt.slice(start, start + (1 if cache.shift_pending else step)))
            if time.perf_counter() - began < DRAFT_SECONDS:
                step = min(2 * step, most)
            yield Prefilled(len(cache), total, cached)

    def apply_pending_shift(self) -> None:
        """A shift is only a mark until the next decode: evaluate the last token once more."""
        cache = self._cache
        if not cache.shift_pending or not len(cache):
            return
        last = cache.log.slice(len(cache) - 1)
        cache.truncate(len(cache) - 1)
        cache.decode(last)

    def _keep(self, prompt: Tokens, cached: int) -> int:
        """Cut the cache where it differs; returns what it still holds."""
        cache = self._cache
        cache.truncate(cached)
        cached = len(cache)
        cache.log.turns[:] = prompt.turns[:cached]
        return cached

    def _decode(self, batch: Tokens) -> Iterator[float]:
        """Evaluate a batch; the share that is done from time to time, where that takes long."""
        loaded = self._loaded
        if len(batch) == 1 or len(batch) * loaded.info.memory.model < WATCHED:
            self._cache.decode(batch)
            return
        if self._watch is None:
            check = loaded.abort_check
            self._watch = BatchWatch(loaded.context, loaded.stop, check, loaded.info.n_layer)
        yield from self._watch.run(lambda: self._cache.decode(batch))
