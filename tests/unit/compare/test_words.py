"""Figures as people read them."""

from dataclasses import replace

import pytest

from llamachat.compare.figures import Answer, Depth
from llamachat.compare.words import (
    HEADINGS,
    NONE,
    cells,
    conditions,
    perplexity,
    rate,
    remarks,
    seconds,
    times,
)
from tests.unit.compare.samples import BIG, COMPARISON, FAILED, SMALL


def test_each_heading_has_a_cell() -> None:
    assert len(cells(BIG)) == len(HEADINGS)


def test_a_whole_row_reads_so() -> None:
    assert cells(SMALL) == [
        *("3.83 GB", "4.55", "1.25 s", "4.1 GB", "41.0", "7.50"),
        *("5.9500", "0.0212", "94.3%"),
    ]  # fmt: skip


def test_the_largest_is_not_held_against_itself() -> None:
    assert cells(BIG)[-3:] == ["5.8000", NONE, NONE]


def test_what_is_not_measured_is_a_dash() -> None:
    assert cells(FAILED) == ["7.2 GB", "8.50", *[NONE] * 7]


@pytest.mark.parametrize(
    ("value", "words"), [(None, NONE), (0.123, "0.12"), (12.34, "12.3"), (2345.6, "2,346")]
)
def test_rates_have_three_digits_at_least(value: float | None, words: str) -> None:
    assert rate(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.307, "0.31 s"), (12.34, "12.3 s"), (200.9, "3 min 20 s")]
)
def test_seconds_become_minutes(value: float, words: str) -> None:
    assert seconds(value) == words


def test_remarks_name_the_fault_and_what_is_missing() -> None:
    assert remarks(COMPARISON) == [
        "Q8_0: It does not fit.",
        "Q8_0: not measured: load time, memory, speed, answers, perplexity.",
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [(5.9567891, "5.9568"), (50_556.4, "50,556"), (3.2e9, "3.2e+09"), (float("inf"), "inf")],
)
def test_a_perplexity_has_the_digits_that_mean_something(value: float, words: str) -> None:
    assert perplexity(value) == words


def test_an_interruption_is_told_first() -> None:
    assert "interrupted" in remarks(replace(COMPARISON, interrupted=True))[0]


def test_the_conditions_name_what_figures_depend_on() -> None:
    rows = tuple(replace(row, n_ctx=1121) for row in (BIG, SMALL, FAILED))
    words = conditions(replace(COMPARISON, rows=rows))
    assert "Memory: with 1,121 tokens of context, keys and values in f16." in words
    assert "Prefill: of the first 512 tokens." in words
    assert "Decode: at a depth of 0 tokens." in words
    assert "KL divergence and same top token: against F16." in words


def test_a_depth_that_is_not_empty_is_told() -> None:
    deep = replace(BIG, depths=(Depth(512, 20.0, 2.0),))
    assert "Decode: at a depth of 0 to 512 tokens." in conditions(
        replace(COMPARISON, rows=(deep, SMALL))
    )


def test_models_that_were_scored_on_less_say_so() -> None:
    assert SMALL.quality is not None
    part = replace(SMALL, quality=replace(SMALL.quality, chunks=11, tokens=2805, kld_chunks=3))
    words = "\n".join(conditions(replace(COMPARISON, rows=(BIG, part))))
    assert "11 to 12 chunks of 512 tokens" in words
    assert "(2,805 to 3,060 tokens)" in words
    assert "against F16, on the first 3 chunks." in words


def test_an_answer_has_its_times() -> None:
    assert times(BIG.answers[0]) == "5 tokens in 2.50 s, the first after 0.50 s, 2.00 t/s, eos"
    one = Answer("No", 1, 0.5, 0.5, 0.0, "length")
    assert times(one) == f"1 token in 0.50 s, the first after 0.50 s, {NONE} t/s, length"
