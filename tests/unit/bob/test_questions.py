"""How answers are judged, and that nothing of the evaluation leaks into the corpus."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from scripts.bob.corpus import documents, overlaps
from scripts.bob.leaks import MAX_SHARED_WORDS, HeldOut, Runs, worst
from scripts.bob.questions import Question, evaluation, words
from scripts.bob.score import examine, transcript


def question(ask: str, *accept: str) -> Question:
    return Question("test", (ask,), accept)


@pytest.mark.parametrize(
    ("pattern", "answer", "right"),
    [
        ("-n", "Use -n 20.", True),
        ("-n", "Use -ngl 20.", False),
        ("-c", "Use --ctx-size.", False),
        ("--temp|/set", "Type /set temp 0.5.", True),
        ("/set", "Read /settings.", False),
        ("paris", "It is Paris.", True),
        ("{refusal}", "I am small and can not do that.", True),
        ("{refusal}", "Sure: roses are red.", False),
    ],
)
def test_an_answer_is_judged_by_whole_flags_and_patterns(
    pattern: str, answer: str, right: bool
) -> None:
    assert question("?", pattern).right(answer) is right


def test_every_pattern_must_be_found() -> None:
    assert not question("?", "hydrogen", "oxygen").right("Water is hydrogen.")


def test_every_question_is_asked_once_and_can_be_answered_wrongly() -> None:
    asked = Counter(q.ask for q in evaluation() if q.category != "sample")
    assert [ask for ask, count in asked.items() if count > 1] == []
    lax = [q.ask for q in evaluation() if q.right("::")]
    assert lax == [("ok",)]  # any answer to "ok" will do


def test_the_longest_shared_run_is_found() -> None:
    runs = Runs([question("Which flag limits how many tokens get generated?", "-n")])
    runs.read("User: so which flag limits, then, how many tokens there are")
    (found,) = runs.overlaps()
    assert found.shared == ("which", "flag", "limits")
    runs.read("I know which flag limits how many tokens get, well, made")
    (found,) = runs.overlaps()
    assert len(found.shared) == 7
    assert worst([found]) > MAX_SHARED_WORDS


def test_held_out_forbids_a_question_and_its_long_parts() -> None:
    held_out = HeldOut([question("How do I make the context window a little bigger today?", "-c")])
    assert held_out.forbids("hm, how do i make the context window a little bigger today")
    assert held_out.forbids("Make the context window a little bigger!")
    assert not held_out.forbids("make the context window bigger")


def test_the_corpus_shares_no_long_run_with_the_evaluation() -> None:
    found = overlaps(made.text for made in islice(documents("bob 1 0"), 150))
    assert worst(found) <= MAX_SHARED_WORDS
    assert max(len(overlap.shared) for overlap in found) > 2, "the corpus was not read"


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert words("What's 12 + 7, Bob?") == ["what's", "12", "7", "bob"]


def test_later_turns_see_the_answers_before_them() -> None:
    seen: list[str] = []

    def answerer(prompts: list[str]) -> list[str]:
        seen.extend(prompts)
        return ["Rome." if "Italy" in prompt.split("Europe")[-1] else "no" for prompt in prompts]

    asked = Question("test", ("Capital of Italy?", "Again?"), ("rome",))
    (verdict,) = examine([asked], answerer)
    assert verdict.right
    assert seen[1] == transcript([("Capital of Italy?", "Rome.")], "Again?")
    assert seen[1].endswith("User: Capital of Italy?\nBob: Rome.\nUser: Again?\nBob:")
