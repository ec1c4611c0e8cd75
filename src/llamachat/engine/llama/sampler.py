"""The sampler chain: llama.cpp's samplers in llama.cpp's order, built once per answer's parameters.

Without a grammar one C call samples and accepts. With one, llama.cpp's own way is followed: sample
first, ask the grammar about that single token, and only where it refuses apply the grammar to all
candidates and sample again (checking the whole vocabulary each time would cost more than decode).
Knows nothing of prompts, text or stop strings.
"""

from __future__ import annotations

import ctypes
import math
import random
from collections.abc import Sequence
from typing import Any

from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.vocab import Vocab
from llamachat.engine.params import RANDOM_SEED, SamplingParams
from llamachat.errors import UsageError

_MIROSTAT_WINDOW = 100
"""m of mirostat 1, as in the paper (arXiv 2007.14966) and llama.cpp"""


class Sampler:
    """One chain for one model; `close` frees it."""

    def __init__(self, vocab: Vocab, params: SamplingParams) -> None:
        self._library = bindings()
        self._vocab = vocab
        self.params = params
        self.seed = random.randrange(RANDOM_SEED) if params.seed == RANDOM_SEED else params.seed
        self._grammar = self._build_grammar(params)
        options = self._library.llama_sampler_chain_default_params()
        options.no_perf = True
        self._chain = self._library.llama_sampler_chain_init(options)
        for sampler in self._samplers(params):
            self._library.llama_sampler_chain_add(self._chain, sampler)
        self._candidates = _Candidates(vocab.size) if self._grammar else None

    def close(self) -> None:
        for sampler in (self._chain, self._grammar):
            if sampler:
                self._library.llama_sampler_free(sampler)
        self._chain = self._grammar = None

    def serves(self, params: SamplingParams) -> bool:
        """Whether this chain may be used again; a random seed is drawn anew for each answer."""
        return params == self.params and params.seed != RANDOM_SEED

    def start(self, history: Sequence[int]) -> None:
        """Forget everything, then let the penalties see the prompt's last tokens."""
        self._library.llama_sampler_reset(self._chain)
        if self._grammar:
            self._library.llama_sampler_reset(self._grammar)
        window = self._window()
        for token in history[-window:] if window else ():
            self._library.llama_sampler_accept(self._chain, token)

    def sample(self, context: Any) -> int:
        """Pick and accept the next token from the logits of the last evaluated position."""
        if self._candidates is None:
            token: int = self._library.llama_sampler_sample(self._chain, context, -1)
            return token
        token = self._sample_with_grammar(context, self._candidates)
        self._library.llama_sampler_accept(self._chain, token)
        self._library.llama_sampler_accept(self._grammar, token)
        return token

    def _sample_with_grammar(self, context: Any, candidates: _Candidates) -> int:
        logits = self._library.llama_get_logits_ith(context, -1)
        token = candidates.fill(logits).apply(self._library, self._chain)
        if candidates.allows(self._library, self._grammar, token):
            return token
        candidates.fill(logits).apply(self._library, self._grammar)
        return candidates.apply(self._library, self._chain)

    def _window(self) -> int:
        """How many past tokens any sampler of this chain looks at."""
        p = self.params
        penalties = p.repeat_penalty != 1.0 or p.presence_penalty or p.frequency_penalty
        return max(
            p.repeat_last_n if penalties else 0, p.dry_penalty_last_n if p.dry_multiplier else 0
        )

    def _build_grammar(self, params: SamplingParams) -> Any:
        text = schema_to_grammar(params.json_schema) if params.json_schema else params.grammar
        if not text:
            return None
        grammar = self._library.llama_sampler_init_grammar(
            self._vocab.pointer, text.encode(), b"root"
        )
        if not grammar:
            raise UsageError(
                "The grammar cannot be parsed.",
                "It must be GBNF with a rule named root; the engine's log names the line.",
            )
        return grammar

    def _samplers(self, p: SamplingParams) -> list[Any]:
        library, n_vocab = self._library, self._vocab.size
        biases = self._biases(p)
        chain = [self._logit_bias(biases)] if biases else []
        if p.temp <= 0 and p.mirostat == 0:
            return [*chain, *self._penalties(p), library.llama_sampler_init_greedy()]
        if p.mirostat == 1:
            last = library.llama_sampler_init_mirostat(
                n_vocab, self.seed, p.mirostat_ent, p.mirostat_lr, _MIROSTAT_WINDOW
            )
            return [*chain, library.llama_sampler_init_temp(p.temp), last]
        if p.mirostat == 2:
            last = library.llama_sampler_init_mirostat_v2(self.seed, p.mirostat_ent, p.mirostat_lr)
            return [*chain, library.llama_sampler_init_temp(p.temp), last]
        chain += [self._named(name, p) for name in p.samplers]
        return [*chain, library.llama_sampler_init_dist(self.seed)]

    def _penalties(self, p: SamplingParams) -> list[Any]:
        """What still matters when the best candidate is taken: all that reorders them."""
        reordering = ("penalties", "dry", "xtc") if p.xtc_probability else ("penalties", "dry")
        return [self._named(name, p) for name in p.samplers if name in reordering]

    def _named(self, name: str, p: SamplingParams) -> Any:
        library = self._library
        match name:
            case "penalties":
                return library.llama_sampler_init_penalties(
                    self._vocab.size,
                    p.repeat_last_n,
                    p.repeat_penalty,
                    p.frequency_penalty,
                    p.presence_penalty,
                )
            case "dry":
                return self._dry(p)
            case "top_n_sigma":
                return library.llama_sampler_init_top_n_sigma(p.top_n_sigma)
            case "top_k":
                return library.llama_sampler_init_top_k(p.top_k)
            case "typical":
                return library.llama_sampler_init_typical(p.typical, 0)
            case "top_p":
                return library.llama_sampler_init_top_p(p.top_p, 0)
            case "min_p":
                return library.llama_sampler_init_min_p(p.min_p, 0)
            case "xtc":
                return library.llama_sampler_init_xtc(
                    p.xtc_probability, p.xtc_threshold, 0, self.seed
                )
        return library.llama_sampler_init_temp_ext(p.temp, p.dynatemp_range, p.dynatemp_exp)

    def _dry(self, p: SamplingParams) -> Any:
        breakers = (ctypes.c_char_p * len(p.dry_sequence_breakers))(
            *(text.encode() for text in p.dry_sequence_breakers)
        )
        return self._library.llama_sampler_init_dry(
            self._vocab.pointer,
            p.dry_multiplier,
            p.dry_base,
            p.dry_allowed_length,
            p.dry_penalty_last_n,
            breakers,
            len(breakers),
        )

    def _biases(self, p: SamplingParams) -> dict[int, float]:
        """Asked-for biases, tokens the model never wants said, and the end where it is ignored."""
        biases = dict(p.logit_bias)
        for token in biases:
            if not 0 <= token < self._vocab.size:
                raise UsageError(
                    f"Token {token} of the logit bias does not exist.",
                    f"This model has tokens 0 to {self._vocab.size - 1}.",
                )
        banned = self._vocab.suppressed() + (self._vocab.end_tokens() if p.ignore_eos else [])
        return biases | dict.fromkeys(banned, -math.inf)

    def _logit_bias(self, biases: dict[int, float]) -> Any:
        array = (self._library.llama_logit_bias * len(biases))()
        for entry, (token, bias) in zip(array, biases.items(), strict=True):
            entry.token, entry.bias = token, bias
        return self._library.llama_sampler_init_logit_bias(self._vocab.size, len(biases), array)


class _Candidates:
    """llama.cpp's candidate array over the whole vocabulary, filled without a Python loop."""

    def __init__(self, n_vocab: int) -> None:
        library = bindings()
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

    def apply(self, library: Any, sampler: Any) -> int:
        """Run a sampler over the candidates; returns the selected token, −1 where none was."""
        library.llama_sampler_apply(sampler, ctypes.byref(self._array))
        if self._array.selected < 0:
            return -1
        token: int = self._array.data[self._array.selected].id
        return token

    def allows(self, library: Any, grammar: Any, token: int) -> bool:
        self._one[0].id, self._one[0].logit, self._one[0].p = token, 1.0, 0.0
        single = type(self._array)()
        single.data = ctypes.cast(self._one, type(single.data))
        single.size, single.selected, single.sorted = 1, -1, False
        library.llama_sampler_apply(grammar, ctypes.byref(single))
        return bool(single.data[0].logit != -math.inf)


def schema_to_grammar(schema: str) -> str:
    """GBNF for a JSON schema, by llama-cpp-python's port of llama.cpp's converter.

    Raises:
        UsageError: it is no JSON, or no schema that a grammar can express.
    """
    from llama_cpp.llama_grammar import json_schema_to_gbnf  # 0.2 s: imports the whole package

    try:
        grammar: str = json_schema_to_gbnf(schema)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        AssertionError,
        RecursionError,
    ) as error:
        raise UsageError(f"The JSON schema cannot be turned into a grammar: {error}.") from None
    return grammar
