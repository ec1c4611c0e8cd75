"""Patterns, inflection and other words for the same."""

from __future__ import annotations

from random import Random

import pytest

from scripts.bob.grammar import Grammar, fill, gerund, parse, third_person
from scripts.bob.thesaurus import Thesaurus
from scripts.bob.wording import slip, spoken


def test_a_pattern_gives_every_choice_and_nothing_else() -> None:
    grammar = Grammar({"size": "[size|length]"})
    rng = Random(0)
    made = {grammar.expand("[set|] the [context|ctx [old|]] <size>", rng) for _ in range(500)}
    firsts, lasts = ("set the", "the"), ("context", "ctx", "ctx old")
    assert made == {f"{a} {b} {c}" for a in firsts for b in lasts for c in ("size", "length")}


def test_an_unknown_rule_stays_text() -> None:
    assert Grammar({}).expand("a <b> c", Random(0)) == "a <b> c"


@pytest.mark.parametrize("pattern", ["a [b", "a b]", "[a|[b]"])
def test_unmatched_brackets_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="unmatched"):
        parse(pattern)


def test_what_fills_a_slot_is_not_expanded() -> None:
    assert fill("what is {name}", {"name": "[a|b]"}) == "what is [a|b]"


@pytest.mark.parametrize(
    ("phrase", "third", "ing"),
    [
        ("set the seed", "sets the seed", "setting the seed"),
        ("go on", "goes on", "going on"),
        ("try it", "tries it", "trying it"),
        ("search chats", "searches chats", "searching chats"),
        ("make one", "makes one", "making one"),
        ("see it", "sees it", "seeing it"),
    ],
)
def test_verbs_are_inflected(phrase: str, third: str, ing: str) -> None:
    assert third_person(phrase) == third
    assert gerund(phrase) == ing


def test_other_words_leave_slots_flags_and_paths_alone() -> None:
    thesaurus = Thesaurus(["v show display", "n file document"])
    rng = Random(3)
    said = {thesaurus.reword("show {file} --file /file show-file a file", rng) for _ in range(300)}
    assert "display {file} --file /file show-file a document" in said
    assert all("{file} --file /file show-file" in text for text in said)


def test_a_question_keeps_its_flags_codes_and_constants_however_it_is_typed() -> None:
    rng = Random(5)
    question = "what do --top-k, Q4_0, LLAMACHAT_HOME and Ctrl+J mean"
    for _ in range(300):
        typed = spoken(question, rng)
        assert all(word in typed for word in ("--top-k", "Q4_0", "LLAMACHAT_HOME", "Ctrl+J"))


def test_a_slip_changes_one_word() -> None:
    before = "where are the settings"
    for seed in range(50):
        after = slip(before, Random(seed)).split(" ")
        assert sum(a != b for a, b in zip(before.split(" "), after, strict=True)) <= 1
