"""Deterministic engines are exact to the bit; others are equal within float noise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from llamachat.engine.context import Inspection
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import content, raw_prompt, scaffold
from tests.engine.answers import TOLERANCE, ask, done_of, largest_difference, run, text_of
from tests.engine.conftest import OpenModel

PROMPT = raw_prompt("It was the best of times, it was the worst of times. " * 4)
SPELLED_ODDLY = SamplingParams(temp=3, top_k=0, top_p=1, min_p=0, seed=5, ignore_eos=True)
OTHERS = ("It was the best", "Something else entirely. " * 9, "x")


def after_prompt(engine: LlamaEngine) -> Inspection:
    """The state after the prompt and eight greedy tokens."""
    run(engine, PROMPT, 9)
    return engine.inspect()


@pytest.fixture(
    params=[
        ("q4_0", "f16"),
        pytest.param(("q8_0", "f16"), marks=pytest.mark.slow),
        ("q4_K_M", "q8_0"),
    ],
    ids=str,
)
def open_one(
    request: pytest.FixtureRequest,
    open_model: OpenModel,
    generated: Callable[[str], Path],
) -> Callable[..., LlamaEngine]:
    ftype, kv = request.param

    def open_it(**options: object) -> LlamaEngine:
        kinds = {"cache_type_k": kv, "cache_type_v": kv, "flash_attention": "on"}
        return open_model(generated(ftype), **kinds, **options)

    return open_it


def test_deterministic_logits_do_not_depend_on_what_was_asked_before(
    open_one: Callable[..., LlamaEngine],
) -> None:
    fresh = after_prompt(open_one(deterministic=True))
    used = open_one(deterministic=True)
    for text in OTHERS:
        ask(used, text, 20)
    assert after_prompt(used) == fresh
    assert after_prompt(used) == fresh
    assert len(fresh.logits) == used.info.n_vocab


def test_a_deterministic_engine_reuses_nothing(open_one: Callable[..., LlamaEngine]) -> None:
    engine = open_one(deterministic=True)
    assert [done_of(run(engine, PROMPT)).usage.cached for _ in range(2)] == [0, 0]


def test_a_dialog_is_the_same_bits_whatever_came_before(
    open_one: Callable[..., LlamaEngine],
) -> None:
    """Neither the turns dropped earlier nor the tokens of earlier answers make a difference."""
    used, dialog = open_one(deterministic=True), [scaffold("A dialog.\n")]
    for turn in range(1, 26):
        dialog.append(content(" and then some more", turn))
        events = run(used, tuple(dialog), 4, context_shift=True, sampling=SPELLED_ODDLY)
        fresh = open_one(deterministic=True)
        run(fresh, tuple(dialog), 4, context_shift=True, sampling=SPELLED_ODDLY)
        assert used.inspect() == fresh.inspect()
        dialog.append(content(text_of(events), turn))
    assert len(fresh.inspect().turns) < fresh.count(tuple(dialog))


def test_the_same_seed_gives_the_same_text_whatever_came_before(
    open_one: Callable[..., LlamaEngine],
) -> None:
    hot = GenerateParams(40, sampling=SamplingParams(seed=11, temp=1.5, top_k=0, ignore_eos=True))
    engine = open_one(deterministic=True)
    first = text_of(engine.generate(PROMPT, hot))
    ask(engine, OTHERS[1], 20)
    assert text_of(engine.generate(PROMPT, hot)) == first
    assert text_of(open_one(deterministic=True).generate(PROMPT, hot)) == first


def test_reuse_of_a_prefix_changes_logits_by_float_noise_only(
    open_one: Callable[..., LlamaEngine],
) -> None:
    fresh = after_prompt(open_one())
    used = open_one()
    for text in OTHERS:
        ask(used, text, 20)
    reused = after_prompt(used)
    assert done_of(run(used, PROMPT, 1)).usage.cached > 0
    assert reused.tokens == fresh.tokens
    largest = largest_difference(reused.logits, fresh.logits)
    print(f"largest difference of a logit after reuse: {largest:.2g}")
    assert largest < TOLERANCE
