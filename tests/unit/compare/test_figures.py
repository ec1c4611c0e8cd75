"""Rows know what they lack, and which model is the largest."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from llamachat.compare.figures import Row, largest, missing, unique_labels
from tests.unit.compare.samples import BIG, COMPARISON, FAILED, SMALL


def test_the_headline_figures_are_of_an_almost_empty_context() -> None:
    assert (BIG.decode, BIG.prefill) == (2.5, 20.25)


def test_a_row_without_figures_has_no_headlines() -> None:
    assert (Row(BIG.subject).decode, Row(BIG.subject).prefill) == (None, None)


def test_a_whole_row_misses_nothing() -> None:
    assert list(missing(COMPARISON, BIG)) == []


def test_a_failed_row_misses_all() -> None:
    gone = ["load time", "memory", "speed", "answers", "perplexity"]
    assert list(missing(COMPARISON, FAILED)) == gone


def test_only_what_was_wanted_is_missed() -> None:
    wanted = replace(COMPARISON, wanted=frozenset({"perplexity"}))
    assert list(missing(wanted, FAILED)) == ["load time", "memory", "perplexity"]


def test_a_model_that_could_not_be_held_against_the_largest_says_so() -> None:
    assert SMALL.quality is not None
    apart = replace(SMALL, quality=replace(SMALL.quality, kld=None))
    assert list(missing(COMPARISON, apart)) == ["KL divergence"]


def test_the_answers_that_lack_are_told() -> None:
    more = replace(COMPARISON, prompts=("one", "two"))
    assert list(missing(more, BIG)) == ["answers after the first 1"]


def test_the_first_of_the_largest_is_the_base() -> None:
    assert largest([3, 9, 9, 1]) == 1


@given(st.lists(st.sampled_from(["a", "a (2)", "b"]), max_size=8))
def test_labels_become_unique_and_keep_their_beginning(labels: list[str]) -> None:
    found = unique_labels(labels)
    assert len(set(found)) == len(labels)
    assert all(new.startswith(old) for new, old in zip(found, labels, strict=True))
