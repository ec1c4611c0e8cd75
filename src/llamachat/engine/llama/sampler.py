"""The sampler chain: llama.cpp's samplers in llama.cpp's order, built once per answer's parameters.

Without a grammar one C call samples and accepts. Knows nothing of prompts, text or stop strings.
"""

from __future__ import annotations

import ctypes
import math
import random
from collections.abc import Sequence
from typing import Any

from llamachat.engine.llama.grammar import Grammar, grammar_text
from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.vocab import Vocab, as_bytes
from llamachat.engine.params import RANDOM_SEED, SamplingParams
from llamachat.errors import UsageError

_MIROSTAT_WINDOW = 100
"""m of mirostat 1, as in the paper (arXiv 2007.14966) and llama.cpp"""

_REORDERING = ("penalties", "dry")
"""all that matters when the best candidate is taken, unless another sampler may drop it"""


class Sampler:
    """One chain for one model; `close` frees it."""

    def __init__(self, vocab: Vocab, params: SamplingParams) -> None:
        self._library = bindings()
        self._vocab = vocab
        self.params = params
        self.seed = random.randrange(RANDOM_SEED) if params.seed == RANDOM_SEED else params.seed
        biases = self._biases(params)
        text = grammar_text(params)
        self._grammar = Grammar(vocab, text) if text else None
        options = self._library.llama_sampler_chain_default_params()
        options.no_perf = True
        self._chain = self._library.llama_sampler_chain_init(options)
        for sampler in self._samplers(params, biases):
            self._library.llama_sampler_chain_add(self._chain, sampler)

    def close(self) -> None:
        if self._chain:
            self._library.llama_sampler_free(self._chain)
        if self._grammar is not None:
            self._grammar.close()
        self._chain = self._grammar = None

    def serves(self, params: SamplingParams) -> bool:
        """Whether this chain may be used again; a random seed is drawn anew for each answer."""
        return params == self.params and params.seed != RANDOM_SEED

    def start(self, history: Sequence[int]) -> None:
        """Forget everything, then let the penalties see the prompt's last tokens."""
        self._library.llama_sampler_reset(self._chain)
        if self._grammar is not None:
            self._grammar.reset()
        window = self._window()
        for token in history[-window:] if window else ():
            self._library.llama_sampler_accept(self._chain, token)

    def sample(self, context: Any, row: int = -1) -> int | None:
        """Pick and accept the next token from the logits of the last evaluated position, or of one
        before it: −2, −3 and so on.

        None where a grammar ends the answer.
        """
        if self._grammar is not None:
            return self._grammar.sample(self._chain, context, row)
        token: int = self._library.llama_sampler_sample(self._chain, context, row)
        return token

    def _window(self) -> int:
        """How many past tokens any sampler of this chain looks at."""
        p = self.params
        penalties = p.repeat_penalty != 1.0 or p.presence_penalty or p.frequency_penalty
        return max(
            p.repeat_last_n if penalties else 0, p.dry_penalty_last_n if p.dry_multiplier else 0
        )

    def _samplers(self, p: SamplingParams, biases: dict[int, float]) -> list[Any]:
        library, n_vocab = self._library, self._vocab.size
        chain = [self._logit_bias(biases)] if biases else []
        if p.mirostat == 1:
            last = library.llama_sampler_init_mirostat(
                n_vocab, self.seed, p.mirostat_ent, p.mirostat_lr, _MIROSTAT_WINDOW
            )
            return [*chain, library.llama_sampler_init_temp(p.temp), last]
        if p.mirostat == 2:
            last = library.llama_sampler_init_mirostat_v2(self.seed, p.mirostat_ent, p.mirostat_lr)
            return [*chain, library.llama_sampler_init_temp(p.temp), last]
        greedy = p.temp <= 0
        names = p.samplers
        if greedy and not _may_drop_the_best(p):
            names = tuple(name for name in names if name in _REORDERING)
        chain += [self._named(name, p) for name in names if not (greedy and name == "temperature")]
        last = library.llama_sampler_init_greedy if greedy else library.llama_sampler_init_dist
        return [*chain, last() if greedy else last(self.seed)]

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
            *map(as_bytes, p.dry_sequence_breakers)
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


def _may_drop_the_best(p: SamplingParams) -> bool:
    """Locally typical sampling and XTC remove likely candidates; the others keep the best."""
    return p.xtc_probability > 0 or p.typical < 1
