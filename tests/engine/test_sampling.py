"""Each sampler does what its name says, on a real model."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamachat.engine.base import Chunk, Done
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import EngineOptions, GenerateParams, SamplingParams
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import UsageError

PROMPT = raw_prompt("Once upon a time there was a")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaEngine]:
    from llamachat.gguf.generated import TINY, write_generated_llama

    path: Path = tmp_path_factory.mktemp("sampling") / "tiny.gguf"
    write_generated_llama(path, TINY, "q8_0", seed=7)
    with LlamaEngine(EngineOptions(path, n_ctx=1024, threads=2, deterministic=True)) as opened:
        yield opened


def say(engine: LlamaEngine, *, n: int = 24, **sampling: Any) -> str:
    events = list(engine.generate(PROMPT, params(n, **sampling)))
    assert isinstance(events[-1], Done)
    return "".join(event.text for event in events if isinstance(event, Chunk))


def params(n: int = 24, **sampling: Any) -> GenerateParams:
    values = {"seed": 1, "ignore_eos": True, **sampling}
    return GenerateParams(n, sampling=SamplingParams(**values))


def tokens(engine: LlamaEngine, n: int = 24, **sampling: Any) -> list[int]:
    list(engine.generate(PROMPT, params(n, **sampling)))
    return engine.cache.log.ids[engine.count(PROMPT) :]


NARROW = [
    {"top_k": 1},
    {"top_p": 1e-6},
    {"min_p": 1.0},
    {"top_n_sigma": 1e-6},
    {"temp": 1e-6},
]


@pytest.mark.parametrize("narrow", NARROW, ids=lambda case: next(iter(case)))
def test_the_narrowest_setting_of_each_sampler_is_greedy(
    engine: LlamaEngine, narrow: dict[str, Any]
) -> None:
    assert say(engine, **{"temp": 2.0, **narrow}) == say(engine, temp=0)


WIDE: dict[str, Any] = {"temp": 1.5, "top_k": 0, "top_p": 1.0, "min_p": 0.0}


@pytest.mark.parametrize(
    "change",
    [
        {"top_k": 3}, {"top_p": 0.3}, {"min_p": 0.3}, {"typical": 0.2}, {"top_n_sigma": 0.5},
        {"temp": 0.5}, {"dynatemp_range": 1.2}, {"mirostat": 1}, {"mirostat": 2},
        {"xtc_probability": 1.0, "xtc_threshold": 0.01}, {"repeat_penalty": 2.0},
        {"presence_penalty": 2.0}, {"frequency_penalty": 2.0},
    ],
    ids=lambda case: "-".join(f"{key}={value}" for key, value in case.items()),
)  # fmt: skip
def test_each_sampler_changes_what_is_said(engine: LlamaEngine, change: dict[str, Any]) -> None:
    long = 64
    assert say(engine, n=long, **{**WIDE, **change}) != say(engine, n=long, **WIDE)


@pytest.mark.parametrize("mode", [{}, {"mirostat": 1}, {"mirostat": 2}, {"typical": 0.5}])
def test_the_same_seed_says_the_same_and_another_does_not(
    engine: LlamaEngine, mode: dict[str, Any]
) -> None:
    first = say(engine, **{**WIDE, **mode})
    assert say(engine, **{**WIDE, **mode}) == first
    assert say(engine, **{**WIDE, **mode, "seed": 2}) != first


def test_a_random_seed_is_drawn_anew_for_each_answer(engine: LlamaEngine) -> None:
    assert len({say(engine, **WIDE, seed=0xFFFFFFFF) for _ in range(4)}) > 1


def test_xtc_never_takes_the_best_candidate_while_another_is_likely(engine: LlamaEngine) -> None:
    best = tokens(engine, 2, temp=0)[0]
    excluded: dict[str, Any] = {
        "xtc_probability": 1.0,
        "xtc_threshold": 0.001,
        "top_k": 2,
        "temp": 1.0,
    }
    firsts = {tokens(engine, 2, **{**excluded, "seed": seed})[0] for seed in range(8)}
    assert best not in firsts


def test_a_heavy_penalty_forbids_repetition(engine: LlamaEngine) -> None:
    said = tokens(engine, 48, temp=0, repeat_penalty=1e6, repeat_last_n=512)
    assert len(set(said)) == len(said)
    assert len(set(tokens(engine, 200, temp=0))) < 199


def test_dry_breaks_up_repeated_sequences(engine: LlamaEngine) -> None:
    alone: dict[str, Any] = {"temp": 0, "logit_bias": ((300, 1e3), (301, 990.0))}
    assert set(tokens(engine, 12, **alone)) == {300}
    broken: dict[str, Any] = {"dry_multiplier": 100.0, "dry_sequence_breakers": ("#",)}
    assert set(tokens(engine, 12, **alone, **broken)) == {300, 301}


def test_logit_bias_forces_and_forbids_a_token(engine: LlamaEngine) -> None:
    forced = 300
    assert set(tokens(engine, 5, temp=0, logit_bias=((forced, 1e4),))) == {forced}
    best = tokens(engine, 2, temp=0)[0]
    assert tokens(engine, 2, temp=0, logit_bias=((best, float("-inf")),))[0] != best


def test_a_bias_on_a_token_that_does_not_exist_is_refused(engine: LlamaEngine) -> None:
    with pytest.raises(UsageError, match="512"):
        say(engine, logit_bias=((512, 1.0),))


def test_the_end_of_text_ends_an_answer_unless_it_is_ignored(engine: LlamaEngine) -> None:
    eos = engine.vocab.eos
    forced = ((eos, 1e4),)
    ended = list(engine.generate(PROMPT, params(8, temp=0, logit_bias=forced, ignore_eos=False)))
    assert isinstance(ended[-1], Done)
    assert (ended[-1].reason, ended[-1].usage.generated) == ("eos", 1)
    ignored = list(engine.generate(PROMPT, params(8, temp=0, logit_bias=forced)))
    assert isinstance(ignored[-1], Done)
    assert ignored[-1].usage.generated == 8


def test_the_order_of_the_chain_matters_and_is_kept(engine: LlamaEngine) -> None:
    first: dict[str, Any] = {**WIDE, "temp": 5.0, "min_p": 0.2}
    late = say(engine, samplers=("temperature", "min_p"), **first)
    early = say(engine, samplers=("min_p", "temperature"), **first)
    assert late != early


@pytest.mark.parametrize("seed", range(4))
def test_text_follows_its_grammar(engine: LlamaEngine, seed: int) -> None:
    grammar = 'root ::= "yes" ", " [0-9] [0-9] | "no"'
    said = say(engine, n=40, **WIDE, grammar=grammar, seed=seed, ignore_eos=False)
    assert re.fullmatch(r"yes, \d\d|no", said)


def test_a_greedy_answer_follows_a_grammar_too(engine: LlamaEngine) -> None:
    assert re.fullmatch(r"[a-c]{8}", say(engine, n=40, temp=0, grammar="root ::= [a-c]{8}",
                                         ignore_eos=False))  # fmt: skip


SCHEMA = {
    "type": "object",
    "properties": {
        "mood": {"enum": ["good", "bad"]},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "boolean"}, "maxItems": 3},
    },
    "required": ["mood", "age", "tags"],
}


@pytest.mark.parametrize("seed", range(4))
def test_text_follows_its_json_schema(engine: LlamaEngine, seed: int) -> None:
    said = say(engine, n=800, temp=0.6, json_schema=json.dumps(SCHEMA), seed=seed, ignore_eos=False)
    value = json.loads(said)
    assert value["mood"] in ("good", "bad")
    assert isinstance(value["age"], int)
    assert all(isinstance(tag, bool) for tag in value["tags"])


@pytest.mark.parametrize(
    "wrong", [{"grammar": "root ::= ("}, {"grammar": "other ::= [a]"}, {"json_schema": "{"},
              {"json_schema": '{"type": "nonsense"}'}],
)  # fmt: skip
def test_a_grammar_that_cannot_be_read_is_refused_and_the_engine_goes_on(
    engine: LlamaEngine, wrong: dict[str, Any]
) -> None:
    with pytest.raises(UsageError):
        say(engine, **wrong)
    assert say(engine)


def test_deterministic_logits_are_the_same_to_the_bit_whatever_came_before(
    engine: LlamaEngine,
) -> None:
    long = raw_prompt("and then it went on, " * 20)
    list(engine.prefill(long))
    alone = engine.cache.logits()
    list(engine.generate(raw_prompt("and then it went on, and on"), params(40)))
    list(engine.prefill(long))
    assert engine.cache.logits() == alone
