"""What the engine can be told: how to load a model, and how to generate one answer.

Names, meanings and defaults are llama.cpp's (`common/common.h` of the pinned version), so that what
a person knows from there holds here. Plain values: nothing in this file touches llama_cpp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, get_args

from llamachat.errors import UsageError

FlashAttention = Literal["auto", "on", "off"]
LoadMode = Literal["auto", "none", "mmap", "mlock", "mmap+mlock", "dio"]
SpecType = Literal["ngram-simple", "none"]
SPEC_TYPES = get_args(SpecType)
AUTO = "auto"
KV_CACHE_TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1")

MAX_TOKENS = (1 << 31) - 1
"""llama.cpp counts positions in 32 bits"""
MAX_THREADS = 512
"""GGML_MAX_N_THREADS"""

DEFAULT_N_UBATCH = 512

RANDOM_SEED = 0xFFFFFFFF
"""llama.cpp's LLAMA_DEFAULT_SEED (-1): draw a fresh seed for every answer"""

SAMPLER_ORDER = (
    "penalties", "dry", "top_n_sigma", "top_k", "typical", "top_p", "min_p", "xtc", "temperature",
)  # fmt: skip
"""llama.cpp's default order; `dist` (or greedy) follows"""


@dataclass(frozen=True, slots=True)
class LoraAdapter:
    path: Path
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How a model is loaded. Values left at None are decided by the machine."""

    model: Path
    n_ctx: int = 0
    """tokens of context; 0 = what the model was trained with, where the memory has room for it"""
    n_batch: int = 2048
    n_ubatch: int | None = None
    """None = DEFAULT_N_UBATCH, or what was measured to be faster"""
    threads: int | None = None
    """threads for decode; None (or less than 1) = llamachat.hardware.default_threads()"""
    threads_batch: int | None = None
    """threads for prefill; None = the same as threads"""
    cache_type_k: str = AUTO
    """auto = f16, unless `llamachat.models` finds that the memory has room for q8_0 only"""
    cache_type_v: str = AUTO
    flash_attention: FlashAttention = "auto"
    load_mode: LoadMode = "auto"
    n_gpu_layers: int = 0
    adapters: tuple[LoraAdapter, ...] = ()
    deterministic: bool = False
    """fixed batches and no prefix reuse: the same prompt gives the same bits"""
    extra_buffers: bool = True
    """the fast rung (AMX, repacked weights); the capability ladder decides"""
    spec_type: SpecType = "ngram-simple"
    """tokens are guessed from what was said before, where that is measured to pay; none = never"""
    fit: bool = True
    """what is left open is chosen so that the model fits, and one that cannot is refused"""

    def __post_init__(self) -> None:
        _within("context", self.n_ctx, 0, MAX_TOKENS)
        _within("batch", self.n_batch, 1, MAX_TOKENS)
        _within("micro-batch", 1 if self.n_ubatch is None else self.n_ubatch, 1, MAX_TOKENS)
        for name in ("threads", "threads_batch"):
            if (getattr(self, name) or 0) < 1:  # llama.cpp's -1
                object.__setattr__(self, name, None)
            _within("number of threads", getattr(self, name) or 1, 1, MAX_THREADS)
        for name in (self.cache_type_k, self.cache_type_v):
            _one_of("KV cache type", name, (AUTO, *KV_CACHE_TYPES))
        _one_of("flash attention", self.flash_attention, get_args(FlashAttention))
        _one_of("load mode", self.load_mode, get_args(LoadMode))
        _one_of("type of speculative decoding", self.spec_type, SPEC_TYPES)


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """One sampler chain. The field names are llama.cpp's long flags."""

    temp: float = 0.8
    """0 or less = greedy"""
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    typical: float = 1.0
    top_n_sigma: float = -1.0
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    dynatemp_range: float = 0.0
    dynatemp_exp: float = 1.0
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_penalty_last_n: int = 64
    dry_sequence_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    mirostat: int = 0
    """0 = off, 1, 2"""
    mirostat_ent: float = 5.0
    """tau, the target entropy"""
    mirostat_lr: float = 0.1
    """eta, the learning rate"""
    samplers: tuple[str, ...] = SAMPLER_ORDER
    grammar: str = ""
    """GBNF"""
    json_schema: str = ""
    """JSON text of a schema; excludes `grammar`"""
    logit_bias: tuple[tuple[int, float], ...] = ()
    """(token id, bias) pairs"""
    ignore_eos: bool = False
    seed: int = RANDOM_SEED

    def __post_init__(self) -> None:
        for known in fields(self):
            value = getattr(self, known.name)
            if isinstance(value, float) and math.isnan(value):
                raise UsageError(f"The sampling parameter {known.name!r} must be a number.")
        if not 0 < self.repeat_penalty < math.inf:
            raise UsageError(
                f"The repeat penalty must be above 0, not {self.repeat_penalty:g}.",
                "1.0 turns it off.",
            )
        if not (math.isfinite(self.presence_penalty) and math.isfinite(self.frequency_penalty)):
            raise UsageError("A presence or frequency penalty must be finite.", "0 turns it off.")
        _within("repeat window", self.repeat_last_n, 0, MAX_TOKENS)
        _within("DRY window", self.dry_penalty_last_n, 0, MAX_TOKENS)
        if self.seed == -1:  # llama.cpp's
            object.__setattr__(self, "seed", RANDOM_SEED)
        _within("seed", self.seed, 0, RANDOM_SEED)
        if self.mirostat not in (0, 1, 2):
            raise UsageError(f"Mirostat has versions 1 and 2 (0 = off), not {self.mirostat}.")
        if self.grammar and self.json_schema:
            raise UsageError("A grammar and a JSON schema exclude each other.", "Give one of them.")
        unknown = set(self.samplers) - set(SAMPLER_ORDER)
        if unknown:
            raise UsageError(
                f"Unknown sampler {sorted(unknown)[0]!r}.", f"Known: {', '.join(SAMPLER_ORDER)}."
            )


@dataclass(frozen=True, slots=True)
class GenerateParams:
    """One answer: how long, where it stops, how it is sampled."""

    n_predict: int = -1
    """tokens to generate, the end-of-text token counted; -1 = no limit, -2 = until n_ctx is full"""
    stop: tuple[str, ...] = ()
    """reverse prompts: matched on text, never shown"""
    sampling: SamplingParams = field(default_factory=SamplingParams)
    context_shift: bool = False
    """when the context is full drop the oldest turns (or half of the rest) and go on"""
    n_keep: int = 0
    """tokens that a shift of a prompt without turns keeps; -1 = all (turn 0 is always kept)"""
    special: bool = False
    """special tokens that are sampled appear in the text, the end-of-text token too"""
    n_probs: int = 0
    """log probabilities come with the tokens, and those of so many likeliest ones; 0 = none"""


def _within(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"The {what} must be between {least} and {most}, not {value}.")


def _one_of(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError(f"The {what} cannot be {value!r}.", f"Known: {', '.join(known)}.")
