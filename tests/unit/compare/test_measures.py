"""Speeds and answers, taken from a scripted engine."""

import pytest

from llamachat.compare.answers import answer
from llamachat.compare.speed import prompt_of, speeds
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import raw_prompt
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied

WORDS = "the quick brown fox jumps over the lazy dog " * 20
PARAMS = GenerateParams(16)


def test_each_depth_has_its_speeds_the_first_no_prefill() -> None:
    engine = ScriptedEngine([WORDS], delay=0.0002)
    said: list[str] = []
    found = list(speeds(engine, WORDS, (0, 40, 80), said.append))
    assert [one.depth for one in found] == [0, 40, 80]
    assert [one.prefill is None for one in found] == [True, False, False]
    assert all(one.decode > 0 for one in found)
    assert "reading 40 tokens" in said


@pytest.mark.parametrize("n_tokens", [2, 40, 700])
def test_a_prompt_has_as_many_tokens_as_asked_for(n_tokens: int) -> None:
    engine = ScriptedEngine([WORDS])
    assert n_tokens - 1 <= engine.count(prompt_of(engine, WORDS, n_tokens)) <= n_tokens


def test_a_short_text_is_repeated() -> None:
    engine = ScriptedEngine([WORDS])
    assert engine.count(prompt_of(engine, "ab ", 200)) >= 199


def test_an_answer_has_its_text_and_times() -> None:
    found = answer(ScriptedEngine(["It is so."], delay=0.001), raw_prompt("Why?"), PARAMS)
    assert found.text == "It is so."
    assert found.reason == "eos"
    assert found.tokens > 0
    assert found.seconds > 0


def test_a_prompt_that_does_not_fit_is_an_answer_with_a_fault() -> None:
    engine = ScriptedEngine(["Yes."], n_ctx=16)
    found = answer(engine, raw_prompt("word " * 100), PARAMS)
    assert (found.text, found.reason) == ("", "refused")
    assert found.fault


def test_an_engine_that_dies_is_no_answer() -> None:
    engine = ScriptedEngine([WORDS], fail_at=3)
    with pytest.raises(EngineDied):
        answer(engine, raw_prompt("Why?"), PARAMS)


def test_an_engine_that_dies_has_no_speed() -> None:
    engine = ScriptedEngine([WORDS], fail_at=10)
    with pytest.raises(EngineDied):
        list(speeds(engine, WORDS, (0,), lambda words: None))
