"""A small context beside the one that answers, in which setups are timed.

It shares the weights of the loaded model, is filled to a depth with copies of a few evaluated cells
(attention costs the same whatever the cells hold, and reading 512 tokens would take a 7B model 13
seconds), and times a prompt by its first layers alone: all layers are alike. Any request for
something else stops it within a node of the compute graph. Knows nothing of what is compared.
"""

from __future__ import annotations

import ctypes
import time
from typing import Any

from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.params import EngineOptions
from llamachat.errors import EngineError

SEED = 16
"""tokens that are evaluated; their cells are copied"""
ROOM = 32
"""tokens of an answer before they are taken back"""
QUICK = 0.01
"""seconds: of tokens that take less, one goes before a sample, to warm threads and caches up"""
_ALL = 1 << 30
_MAIN, _COPY = 0, 1
"""sequences: the one that is evaluated, and the one in which copies arrive"""


class Stopped(Exception):
    """Somebody wants something else of the engine."""


class TrialContext:
    """A context for timing; to be closed.

    Raises (on construction):
        OutOfMemory, EngineError: llama.cpp refuses the options.
        Stopped: before it was ready.
    """

    def __init__(self, loaded: LoadedModel, options: EngineOptions, *, depth: int) -> None:
        self._library = bindings()
        self._loaded = loaded
        self._batch = options.n_batch
        self._seen, self._limit = 0, _ALL
        self._first_at = self._last_at = 0.0
        self._is_warm = False
        """memory for batches has been written to once"""
        self._counting_check = self._library.ggml_abort_callback(self._count)
        self._context = loaded.open_context(options, sequences=2)
        self._memory = self._library.llama_get_memory(self._context)
        try:
            began = time.perf_counter()
            self.evaluate(SEED, limit=_ALL)
            self._nodes = self._seen
            """of the compute graph, which has as many for one token as for a batch"""
            self.seed_seconds = (time.perf_counter() - began) / SEED
            """per token, in so small a batch"""
            self._deepen(depth)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._context:
            self._library.llama_free(self._context)
        self._context = None

    @property
    def state_bytes(self) -> int:
        """Of all the cells of the sequence that is evaluated."""
        size: int = self._library.llama_state_seq_get_size(self._context, _MAIN)
        return size

    def use_threads(self, decode: int, prefill: int) -> None:
        self._library.llama_set_n_threads(self._context, decode, prefill)

    def decode(self, seconds: float) -> float:
        """Seconds for one token after the others, measured for at least so long."""
        if self.seed_seconds < QUICK:
            self.evaluate(1)
        tokens, began, passed = 0, time.perf_counter(), 0.0
        while passed < seconds:
            self.evaluate(1)
            tokens += 1
            if tokens % ROOM == 0:
                self.take_back()
            passed = time.perf_counter() - began
        self.take_back()
        return passed / tokens

    def prefill(self, n_ubatch: int, share: float, seconds: float) -> float:
        """Seconds for each token of a prompt that comes in batches of `n_ubatch`, measured for at
        least so long.

        Args:
            share: of the layers that are evaluated.
        """
        limit = _ALL if share >= 1 else max(2, round(self._nodes * share))
        if not self._is_warm:
            self.evaluate(self._batch, limit=limit)
            self.take_back()
            self._is_warm = True
        tokens, passed = 0, 0.0
        while passed < seconds:
            for _ in range(max(1, self._batch // n_ubatch)):
                self.evaluate(n_ubatch, limit=limit)
                passed += self._last_at - self._first_at
                tokens += n_ubatch
                self.take_back()
        return passed / tokens / min(share, 1.0)

    def _deepen(self, depth: int) -> None:
        """Copy the seed's cells until there are `depth`; attention looks at each of them."""
        library, context = self._library, self._context
        size = self.state_bytes
        state = (ctypes.c_uint8 * size)()
        library.llama_state_seq_get_data(context, state, size, _MAIN)
        for _ in range(depth // SEED - 1):
            if not library.llama_state_seq_set_data(context, state, size, _COPY):
                raise EngineError("llama.cpp refuses to copy what the KV cache holds.")
            library.llama_memory_seq_cp(self._memory, _COPY, _MAIN, -1, -1)
        library.llama_memory_seq_rm(self._memory, _COPY, -1, -1)

    def evaluate(self, n_tokens: int, *, limit: int = 0) -> None:
        """Evaluate so many tokens; with a limit so many nodes of the graph, which are counted."""
        n_vocab, loaded = self._loaded.info.n_vocab, self._loaded
        tokens = (ctypes.c_int32 * n_tokens)(*((300 + 37 * i) % n_vocab for i in range(n_tokens)))
        self._seen, self._limit = 0, limit
        if limit:
            self._set_check(self._counting_check)
        batch = self._library.llama_batch_get_one(tokens, n_tokens)
        code = self._library.llama_decode(self._context, batch)
        if limit:
            self._set_check(loaded.abort_check)
        if loaded.stop.raw[0] != 0:
            raise Stopped
        cut_short = limit and self._seen >= limit
        if code and not cut_short:
            raise EngineError(f"llama.cpp could not evaluate {n_tokens} tokens (code {code}).")

    def take_back(self) -> None:
        """Forget all but what the context was filled with."""
        self._library.llama_memory_seq_rm(self._memory, _MAIN, SEED, -1)

    def _set_check(self, check: Any) -> None:
        data = ctypes.cast(self._loaded.stop, ctypes.c_void_p)
        self._library.llama_set_abort_callback(self._context, check, data)

    def _count(self, _data: object) -> bool:
        """Asked after each node; the first one bears the cost of building the graph."""
        self._last_at = time.perf_counter()
        if not self._seen:
            self._first_at = self._last_at
        self._seen += 1
        return self._seen >= self._limit or self._loaded.stop.raw[0] != 0
