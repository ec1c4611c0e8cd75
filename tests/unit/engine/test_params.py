"""Parameters have llama.cpp's defaults, and impossible ones are refused in words."""

import math
from dataclasses import fields
from pathlib import Path

import pytest

from llamachat.engine.params import (
    RANDOM_SEED,
    EngineOptions,
    GenerateParams,
    SamplingParams,
)
from llamachat.errors import UsageError

MODEL = Path("m.gguf")

LLAMA_CPP = {
    "temp": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "typical": 1.0, "top_n_sigma": -1.0,
    "xtc_probability": 0.0, "xtc_threshold": 0.1, "dynatemp_range": 0.0, "dynatemp_exp": 1.0,
    "repeat_penalty": 1.0, "repeat_last_n": 64, "presence_penalty": 0.0, "frequency_penalty": 0.0,
    "dry_multiplier": 0.0, "dry_base": 1.75, "dry_allowed_length": 2, "dry_penalty_last_n": 64,
    "dry_sequence_breakers": ("\n", ":", '"', "*"), "mirostat": 0, "mirostat_ent": 5.0,
    "mirostat_lr": 0.1, "grammar": "", "json_schema": "", "logit_bias": (), "ignore_eos": False,
    "seed": RANDOM_SEED,
    "samplers": ("penalties", "dry", "top_n_sigma", "top_k", "typical", "top_p", "min_p", "xtc",
                 "temperature"),
}  # fmt: skip
"""`struct common_params_sampling` of the pinned version"""


def test_sampling_defaults_are_those_of_llama_cpp() -> None:
    found = SamplingParams()
    assert {field.name: getattr(found, field.name) for field in fields(found)} == LLAMA_CPP


def test_seed_of_minus_one_is_llama_cpps_random_one() -> None:
    assert SamplingParams(seed=-1) == SamplingParams(seed=RANDOM_SEED)


def test_other_defaults_are_those_of_llama_cpp() -> None:
    options, params = EngineOptions(MODEL), GenerateParams()
    assert (options.n_ctx, options.n_batch, options.n_ubatch) == (0, 2048, None)
    assert (options.cache_type_k, options.cache_type_v) == ("auto", "auto")
    assert (options.flash_attention, options.load_mode) == ("auto", "auto")
    assert (params.n_predict, params.n_keep, params.context_shift) == (-1, 0, False)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"repeat_penalty": 0}, "repeat penalty"),
        ({"repeat_penalty": -1}, "repeat penalty"),
        ({"repeat_penalty": math.inf}, "repeat penalty"),
        ({"repeat_penalty": math.nan}, "repeat_penalty"),
        ({"temp": math.nan}, "temp"),
        ({"presence_penalty": math.inf}, "presence or frequency"),
        ({"frequency_penalty": -math.inf}, "presence or frequency"),
        ({"repeat_last_n": -1}, "repeat window"),
        ({"dry_penalty_last_n": -1}, "DRY window"),
        ({"mirostat": 3}, "Mirostat"),
        ({"seed": -2}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"samplers": ("top_k", "top_q")}, "top_q"),
        ({"grammar": "root ::= [a-z]", "json_schema": "{}"}, "exclude"),
    ],
    ids=str,
)
def test_impossible_sampling_is_refused_by_name(values: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        SamplingParams(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"n_ctx": -1}, "context"),
        ({"n_ctx": 2**31}, "context"),
        ({"n_batch": 0}, "batch"),
        ({"n_ubatch": 0}, "micro-batch"),
        ({"threads": 513}, "threads"),
        ({"threads_batch": 100_000}, "threads"),
        ({"cache_type_k": "q4_K"}, "q8_0"),
        ({"cache_type_v": "float16"}, "f16"),
        ({"flash_attention": "yes"}, "auto"),
        ({"load_mode": "fast"}, "mmap"),
        ({"spec_type": "draft-mtp"}, "ngram-simple"),
    ],
    ids=str,
)
def test_impossible_options_are_refused_by_name(values: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        EngineOptions(MODEL, **values)  # type: ignore[arg-type]
    assert said in str(refused.value)


@pytest.mark.parametrize("threads", [None, 0, -1])
def test_no_number_of_threads_leaves_it_to_the_machine(threads: int | None) -> None:
    options = EngineOptions(MODEL, threads=threads, threads_batch=threads)
    assert (options.threads, options.threads_batch) == (None, None)
