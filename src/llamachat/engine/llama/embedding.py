"""Texts to vectors: a context of its own beside that of the chat, on the same weights.

llama.cpp averages what the last layer makes of the tokens of a text (mean pooling), which it does
within one micro-batch only; so the context is made as large as the longest text so far, and no
larger, for its KV cache costs memory. Knows nothing of answers.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from llamachat.engine.context import SPARE_TOKENS
from llamachat.engine.embedding import Embedding
from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.prompt import Prompt
from llamachat.errors import EngineError, PromptTooLong, UsageError

LEAST = 256
"""tokens of the first context"""


class Embedder:
    """Of one loaded model; `close` frees its context."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._library = bindings()
        self._loaded = loaded
        self._context: Any = None
        self._room = 0

    def close(self) -> None:
        if self._context:
            self._library.llama_free(self._context)
        self._context, self._room = None, 0

    def embed(self, prompts: Sequence[Prompt]) -> Generator[Embedding, None, None]:
        """One vector after the other; all texts are looked at before the first.

        Raises:
            UsageError: a text is empty, or longer than the context of the model.
            OutOfMemory: there is no room for a second context.
            EngineError: the evaluation failed, or was cancelled.
        """
        texts = [self._loaded.vocab.tokenize(prompt).ids for prompt in prompts]
        most = self._loaded.info.n_ctx - SPARE_TOKENS
        for tokens in texts:
            if not tokens:
                raise UsageError("A text to embed must not be empty.")
            if len(tokens) > most:
                raise PromptTooLong(
                    f"A text has {len(tokens)} tokens, but the context holds at most {most}.",
                    "Cut it into shorter ones.",
                )
        return self._vectors(texts)

    def _vectors(self, texts: list[list[int]]) -> Generator[Embedding, None, None]:
        self._make_room(max(map(len, texts), default=0))
        for tokens in texts:
            yield Embedding(_unit(self._evaluate(tokens)), len(tokens))

    def _evaluate(self, tokens: list[int]) -> list[float]:
        library, n_embd = self._library, self._loaded.info.n_embd
        memory = library.llama_get_memory(self._context)
        library.llama_memory_clear(memory, False)
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        code = library.llama_decode(self._context, library.llama_batch_get_one(array, len(tokens)))
        if code:
            raise EngineError(f"llama.cpp could not embed {len(tokens)} tokens (code {code}).")
        found = library.llama_get_embeddings_seq(self._context, 0)
        if not found:
            raise EngineError("llama.cpp makes no embeddings of this model.")
        vector: list[float] = found[:n_embd]
        return vector

    def _make_room(self, n_tokens: int) -> None:
        """A context that holds so many tokens in one micro-batch."""
        if n_tokens <= self._room:
            return
        self.close()
        room = max(LEAST, 1 << (n_tokens - 1).bit_length())
        options = replace(self._loaded.options, n_ctx=room, n_batch=room, n_ubatch=room)
        self._context = self._loaded.open_context(options, pooled=True)
        self._room = room


def _unit(vector: list[float]) -> tuple[float, ...]:
    """Of length one, as OpenAI's are: then a dot product is the cosine."""
    length = math.sqrt(math.fsum(value * value for value in vector))
    return tuple(value / length for value in vector) if length > 0 else tuple(vector)
