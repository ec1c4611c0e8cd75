"""Every sampler changes what it should and keeps what it should."""

from itertools import pairwise
from typing import Any

import pytest

from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import UsageError
from tests.engine.answers import PROMPT, ask, done_of, run, text_of
from tests.engine.conftest import OpenModel

HOT: dict[str, Any] = {"temp": 1.5, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
"""every token possible, the likely ones hardly preferred"""
TEXT = "Once upon a time"

N = 24


@pytest.fixture
def engine(open_model: OpenModel) -> LlamaEngine:
    return open_model()


def tokens_of(engine: LlamaEngine, n: int = N, text: str = TEXT, **sampling: Any) -> list[int]:
    """The sampled tokens; the last one is never evaluated, so it is not asked for."""
    prompt = raw_prompt(text)
    usage = done_of(run(engine, prompt, n + 1, sampling=SamplingParams(**sampling))).usage
    return list(engine.inspect().tokens[usage.prompt :])


NO_CHOICE: list[dict[str, Any]] = [
    {"top_k": 1},
    {"top_p": 0.0},
    {"min_p": 1.0},
    {"top_n_sigma": 0.0001},
    {"temp": 0.0},
    {"temp": -1.0},
    {"temp": 1e-4, "top_k": 0},
]


@pytest.mark.parametrize("extreme", NO_CHOICE, ids=str)
@pytest.mark.parametrize("temp", [0.5, 5.0])
def test_a_sampler_that_leaves_one_candidate_is_greedy_at_any_temperature(
    engine: LlamaEngine, extreme: dict[str, Any], temp: float
) -> None:
    greedy = tokens_of(engine, temp=0, ignore_eos=True)
    values = {**HOT, "temp": temp, "seed": 3, "ignore_eos": True, **extreme}
    assert tokens_of(engine, **values) == greedy


OFF: list[dict[str, Any]] = [
    {"top_k": 0},
    {"top_p": 1.0},
    {"min_p": 0.0},
    {"typical": 1.0},
    {"top_n_sigma": -1.0},
    {"xtc_probability": 0.0, "xtc_threshold": 0.3},
    {"xtc_probability": 1.0, "xtc_threshold": 0.6},
    {"dynatemp_range": 0.0, "dynatemp_exp": 3.0},
    {"repeat_penalty": 1.0, "repeat_last_n": 1000},
    {"repeat_penalty": 2.0, "repeat_last_n": 0},
    {"presence_penalty": 0.0, "frequency_penalty": 0.0},
    {"dry_multiplier": 0.0, "dry_base": 9.0},
    {"dry_multiplier": 9.0, "dry_penalty_last_n": 0},
    {"logit_bias": ((300, 0.0),)},
]


@pytest.mark.parametrize("off", OFF, ids=str)
def test_a_sampler_that_is_off_changes_nothing(engine: LlamaEngine, off: dict[str, Any]) -> None:
    assert tokens_of(engine, **HOT, seed=4) == tokens_of(engine, **{**HOT, "seed": 4, **off})


ON: list[dict[str, Any]] = [
    {"temp": 0.2},
    {"top_k": 2},
    {"top_p": 0.3},
    {"min_p": 0.7},
    {"typical": 0.1},
    {"top_n_sigma": 0.5},
    {"xtc_probability": 1.0, "xtc_threshold": 0.001},
    {"dynatemp_range": 1.4},
    {"repeat_penalty": 5.0},
    {"presence_penalty": 9.0},
    {"frequency_penalty": 9.0},
    {"mirostat": 1, "mirostat_ent": 1.0},
    {"mirostat": 2, "mirostat_ent": 1.0},
]


@pytest.mark.parametrize("on", ON, ids=str)
def test_a_sampler_that_is_on_changes_the_answer_the_same_way_each_time(
    engine: LlamaEngine, on: dict[str, Any]
) -> None:
    plain = tokens_of(engine, **HOT, seed=4, n=60)
    changed = tokens_of(engine, **{**HOT, "seed": 4, "n": 60, **on})
    assert changed != plain
    assert tokens_of(engine, **{**HOT, "seed": 4, "n": 60, **on}) == changed


def test_the_same_seed_is_the_same_text_and_another_seed_another(engine: LlamaEngine) -> None:
    texts = [ask(engine, TEXT, N, **{**HOT, "seed": seed}) for seed in (1, 2, 3, 1, 2, 3)]
    assert texts[:3] == texts[3:]
    assert len(set(texts)) == 3


def test_no_seed_is_another_text_each_time(engine: LlamaEngine) -> None:
    values = SamplingParams(temp=1.5, top_k=0, top_p=1.0, min_p=0.0, ignore_eos=True)
    texts = {text_of(run(engine, n=N, sampling=values)) for _ in range(4)}
    assert len(texts) == 4


@pytest.mark.parametrize("mirostat", [1, 2])
def test_mirostat_is_stable_under_its_seed(engine: LlamaEngine, mirostat: int) -> None:
    first = tokens_of(engine, mirostat=mirostat, seed=1)
    assert tokens_of(engine, mirostat=mirostat, seed=1) == first
    assert tokens_of(engine, mirostat=mirostat, seed=2) != first


def test_typical_sampling_may_drop_the_best_even_when_greedy(engine: LlamaEngine) -> None:
    """As in llama.cpp, where the temperature comes after it; a list of one token is typical."""
    greedy = tokens_of(engine, temp=0, ignore_eos=True)
    typical = tokens_of(engine, temp=0, typical=0.02, ignore_eos=True)
    assert typical != greedy
    assert tokens_of(engine, temp=0, typical=0.02, ignore_eos=True, seed=9) == typical


def test_a_bias_forces_and_forbids_a_token(engine: LlamaEngine) -> None:
    forced = 400
    assert tokens_of(engine, temp=0, logit_bias=((forced, 1000.0),)) == [forced] * N
    best = tokens_of(engine, temp=0, ignore_eos=True)
    banned = tuple((token, float("-inf")) for token in set(best))
    assert not set(tokens_of(engine, temp=0, logit_bias=banned)) & set(best)


@pytest.mark.parametrize("token", [-1, 512, 10**9])
def test_a_bias_for_a_token_that_does_not_exist_is_refused(engine: LlamaEngine, token: int) -> None:
    with pytest.raises(UsageError, match=str(token)):
        ask(engine, TEXT, logit_bias=((token, 1.0),))
    assert ask(engine, TEXT, 4)


def test_the_end_of_text_ends_the_answer_unless_it_is_ignored(engine: LlamaEngine) -> None:
    bias = ((engine.vocab.eos, 1000.0),)
    done = done_of(run(engine, n=9, sampling=SamplingParams(temp=0, logit_bias=bias)))
    assert (done.reason, done.usage.generated) == ("eos", 1)
    ignored = SamplingParams(temp=0, logit_bias=bias, ignore_eos=True)
    done = done_of(run(engine, n=9, sampling=ignored))
    assert (done.reason, done.usage.generated) == ("length", 9)


@pytest.mark.parametrize(
    "penalty",
    [
        {"repeat_penalty": 1e9, "repeat_last_n": 300},
        {"presence_penalty": 1e6, "repeat_last_n": 300},
        {"frequency_penalty": 1e6, "repeat_last_n": 300},
    ],
    ids=str,
)
def test_an_extreme_penalty_forbids_every_repetition(
    engine: LlamaEngine, penalty: dict[str, Any]
) -> None:
    text = "aeiou aeiou"
    seen = set(engine.vocab.tokenize(raw_prompt(text)).ids)
    tokens = tokens_of(engine, 60, text, temp=0, ignore_eos=True, **penalty)
    assert len(set(tokens)) == len(tokens)
    assert not seen & set(tokens)


def test_a_penalty_sees_only_its_window(engine: LlamaEngine) -> None:
    tokens = tokens_of(engine, 60, temp=0, presence_penalty=1e6, repeat_last_n=1, ignore_eos=True)
    assert all(a != b for a, b in pairwise(tokens))
    assert len(set(tokens)) < len(tokens)


def test_dry_breaks_a_loop_that_greedy_falls_into(engine: LlamaEngine) -> None:
    bias = tuple((token, 30.0) for token in (300, 301))  # nearly nothing else to say
    looping = tokens_of(engine, 60, temp=0, logit_bias=bias)
    assert set(looping) <= {300, 301}
    dry = tokens_of(
        engine, 60, temp=0, logit_bias=bias, dry_multiplier=50.0, dry_sequence_breakers=()
    )
    assert set(dry) - {300, 301}


def test_a_sequence_breaker_keeps_dry_from_counting_across_it(engine: LlamaEngine) -> None:
    bias = tuple((token, 30.0) for token in (300, 301))
    broken = tokens_of(
        engine,
        60,
        temp=0,
        logit_bias=bias,
        dry_multiplier=50.0,
        dry_sequence_breakers=tuple(engine.vocab.text_of(token) for token in (300, 301)),
    )
    assert set(broken) <= {300, 301}


def test_the_order_of_the_chain_is_the_order_given(engine: LlamaEngine) -> None:
    """Cutting to the likeliest 60 % before heating keeps less than after it."""
    values: dict[str, Any] = {"temp": 30.0, "top_p": 0.6, "seed": 1}
    before = tokens_of(engine, 60, samplers=("top_p", "temperature"), **values)
    after = tokens_of(engine, 60, samplers=("temperature", "top_p"), **values)
    assert before != after
    assert len(set(before)) < len(set(after))


def test_a_sampler_left_out_of_the_chain_does_nothing(engine: LlamaEngine) -> None:
    all_out: dict[str, Any] = {
        "temp": 9.0,
        "top_k": 1,
        "top_p": 0.1,
        "min_p": 1.0,
        "repeat_penalty": 9.0,
    }
    none = tokens_of(engine, samplers=(), seed=6, **all_out)
    assert none == tokens_of(engine, samplers=("temperature",), seed=6, temp=1.0)
    assert none != tokens_of(engine, seed=6, **all_out)


def test_a_changed_sampling_is_refused_while_an_answer_runs(engine: LlamaEngine) -> None:
    """The chain in use must not be freed for another one."""
    whole = run(engine, n=N)
    stream = engine.generate(PROMPT, _greedy_params())
    events = [next(stream) for _ in range(4)]
    with pytest.raises(Exception, match="still answering"):
        ask(engine, TEXT, seed=77)
    events += stream
    assert text_of(events) == text_of(whole)


def _greedy_params() -> GenerateParams:
    return GenerateParams(N, sampling=SamplingParams(temp=0, ignore_eos=True))
