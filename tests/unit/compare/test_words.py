"""Figures as people read them."""

from dataclasses import replace

import pytest

from llamachat.compare.words import HEADINGS, NONE, cells, rate, remarks, seconds
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


def test_an_interruption_is_told_first() -> None:
    assert "interrupted" in remarks(replace(COMPARISON, interrupted=True))[0]
