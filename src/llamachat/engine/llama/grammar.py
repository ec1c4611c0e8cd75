"""Grammars: GBNF or a JSON schema over the model's tokens.

llama.cpp's own way is followed: sample first, ask the grammar about that single token, and only
where it refuses apply the grammar to all candidates and sample again (checking the whole vocabulary
each time would cost more than decode). llama.cpp aborts the process when a token is accepted that
the grammar does not allow, so such a token is never accepted here. Knows nothing of what the
chain of samplers holds.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.schema_grammar import schema_grammar
from llamachat.engine.llama.vocab import Vocab, as_bytes
from llamachat.engine.params import SamplingParams
from llamachat.errors import UsageError


class Grammar:
    """One grammar for one vocabulary; `close` frees it.

    Raises (on construction):
        UsageError: it cannot be parsed.
    """

    def __init__(self, vocab: Vocab, text: str) -> None:
        self._library = bindings()
        self._sampler = None
        if "\0" not in text:  # C would stop there, and an empty grammar allows everything
            self._sampler = self._library.llama_sampler_init_grammar(
                vocab.pointer, as_bytes(text), b"root"
            )
        if not self._sampler:
            raise UsageError(
                "The grammar cannot be parsed.",
                "It must be GBNF with a rule named root; the engine's log names the line.",
            )
        self._candidates = _Candidates(vocab.size)

    def close(self) -> None:
        self._library.llama_sampler_free(self._sampler)

    def reset(self) -> None:
        self._library.llama_sampler_reset(self._sampler)

    def sample(self, chain: Any, context: Any, row: int) -> int | None:
        """Pick and accept the next token from a row of logits.

        None where the grammar is complete, or stuck because everything it allows is ruled out
        otherwise, as the end of text is by `ignore_eos`.
        """
        library, candidates = self._library, self._candidates
        logits = library.llama_get_logits_ith(context, row)
        token = candidates.fill(logits).apply(chain)
        if not candidates.allows(self._sampler, token):
            candidates.fill(logits).apply(self._sampler)
            token = candidates.apply(chain)
            if not candidates.possible():
                return None
        library.llama_sampler_accept(chain, token)
        library.llama_sampler_accept(self._sampler, token)
        return token


class _Candidates:
    """llama.cpp's candidate array over the whole vocabulary, filled without a Python loop."""

    def __init__(self, n_vocab: int) -> None:
        library = self._library = bindings()
        self._data = (library.llama_token_data * n_vocab)()
        self._ids = (ctypes.c_int32 * n_vocab)(*range(n_vocab))
        self._array = library.llama_token_data_array()
        self._one = (library.llama_token_data * 1)()
        self._n_vocab = n_vocab

    def fill(self, logits: Any) -> _Candidates:
        """Candidates are (int32 id, float logit, float p): strided copies, 30 µs for 32,000."""
        words = memoryview(self._data).cast("B")
        source = (ctypes.c_float * self._n_vocab).from_address(ctypes.addressof(logits.contents))
        words.cast("i")[0::3] = memoryview(self._ids).cast("B").cast("i")
        words.cast("f")[1::3] = memoryview(source).cast("B").cast("f")
        self._array.data = ctypes.cast(self._data, type(self._array.data))
        self._array.size, self._array.selected, self._array.sorted = self._n_vocab, -1, False
        return self

    def apply(self, sampler: Any) -> int:
        """Run a sampler over the candidates; returns the selected token, −1 where none was."""
        self._library.llama_sampler_apply(sampler, ctypes.byref(self._array))
        if self._array.selected < 0:
            return -1
        token: int = self._array.data[self._array.selected].id
        return token

    def possible(self) -> bool:
        """Whether the selected token is one that no sampler ruled out."""
        if self._array.selected < 0:
            return False
        return bool(self._array.data[self._array.selected].logit > -math.inf)

    def allows(self, grammar: Any, token: int) -> bool:
        self._one[0].id, self._one[0].logit, self._one[0].p = token, 1.0, 0.0
        single = type(self._array)()
        single.data = ctypes.cast(self._one, type(single.data))
        single.size, single.selected, single.sorted = 1, -1, False
        self._library.llama_sampler_apply(grammar, ctypes.byref(single))
        return bool(single.data[0].logit != -math.inf)


def grammar_text(params: SamplingParams) -> str:
    """GBNF of these parameters, empty where they have none.

    Raises:
        UsageError: the schema is no JSON, or none that a grammar can express.
    """
    return schema_grammar(params.json_schema) if params.json_schema else params.grammar
