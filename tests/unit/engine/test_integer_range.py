"""Bounds of whole numbers as grammar: exactly the numbers between them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.integer_range import MOST, whole_numbers

ANY = st.integers(-(10**6), 10**6)


def matches(expression: str, text: str) -> bool:
    """What llama.cpp would say: of GBNF only literals, classes, counts and groups are used here."""
    pattern = re.sub(r'"([-\d]+)"|\s', lambda found: found[1] or "", expression)
    return re.fullmatch(pattern, text) is not None


@given(ANY, ANY, ANY)
def test_those_between_the_bounds_are_in_it_and_no_others(a: int, b: int, number: int) -> None:
    low, high = min(a, b), max(a, b)
    for one in (number, low, high, low - 1, high + 1):
        assert matches(whole_numbers(low, high), str(one)) == (low <= one <= high)


@pytest.mark.parametrize("bounds", [(0, 9), (-12, 12), (8, 120), (95, 105), (-3, -1), (0, 0)])
def test_small_ranges_are_whole(bounds: tuple[int, int]) -> None:
    expression = whole_numbers(*bounds)
    found = [number for number in range(-2000, 2000) if matches(expression, str(number))]
    assert found == list(range(bounds[0], bounds[1] + 1))


def test_an_open_end_goes_as_far_as_sixteen_digits() -> None:
    assert matches(whole_numbers(0, None), str(MOST))
    assert not matches(whole_numbers(0, None), str(MOST + 1))
    assert not matches(whole_numbers(0, None), "-1")
    assert matches(whole_numbers(None, -5), str(-MOST))
    assert not matches(whole_numbers(None, -5), "-4")


@pytest.mark.parametrize("text", ["007", "-0", "+1", "", "1.0", "00"])
def test_numbers_are_written_as_in_json(text: str) -> None:
    assert not matches(whole_numbers(-100, 100), text)


@pytest.mark.parametrize("bounds", [(2, 1), (MOST + 1, None), (None, -MOST - 1)])
def test_where_there_is_none_it_is_refused(bounds: tuple[int | None, int | None]) -> None:
    with pytest.raises(ValueError, match="no whole number"):
        whole_numbers(*bounds)
