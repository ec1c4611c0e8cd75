"""Axes with round numbers, and labels beside each other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.compare.scale import scale_of, scale_of_marks, spread

VALUES = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=8)


def test_an_axis_has_round_ticks() -> None:
    scale = scale_of([3.83, 7.16, 13.48], 0, 100, from_zero=True)
    assert scale.ticks() == [0, 2, 4, 6, 8, 10, 12, 14]
    assert scale.words(14) == "14"


def test_small_steps_have_their_decimals() -> None:
    scale = scale_of([5.81, 5.95], 0, 100)
    assert scale.words(5.85) == "5.85"


def test_places_go_the_way_of_the_axis() -> None:
    scale = scale_of([0, 10], 328, 44, from_zero=True)
    assert (scale.place(0), scale.place(10)) == (328, 44)


@given(VALUES, st.booleans())
def test_every_value_lies_on_its_axis(values: list[float], from_zero: bool) -> None:
    scale = scale_of(values, 0, 100, from_zero=from_zero)
    assert all(-1e-6 <= scale.place(value) <= 100 + 1e-6 for value in values)
    assert 2 <= len(scale.ticks()) <= 9


@given(st.lists(st.floats(0, 300), min_size=1, max_size=10))
def test_labels_do_not_cover_each_other(places: list[float]) -> None:
    found = sorted(spread(places, 16, 0, 300))
    gaps = [after - before for before, after in pairwise(found)]
    assert all(gap >= 16 - 1e-6 for gap in gaps)
    assert found[-1] <= 300 + 1e-6


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([10, 100, 50], 16, 0, 300) == pytest.approx([10, 100, 50])


def test_an_axis_of_marks_has_its_ticks_at_them_and_ends_with_the_last() -> None:
    scale = scale_of_marks([0, 512, 1024, 512], 84, 472, 56)
    assert scale.ticks() == [0, 512, 1024]
    assert [scale.words(tick) for tick in scale.ticks()] == ["0", "512", "1,024"]
    assert (scale.place(0), scale.place(1024)) == (84, 472)


@given(st.lists(st.integers(0, 131072).map(float), min_size=1, max_size=32))
def test_ticks_at_marks_leave_each_other_room(values: list[float]) -> None:
    scale = scale_of_marks([*values, 1.0], 84, 472, 56)
    places = [scale.place(tick) for tick in scale.ticks()]
    assert all(after - before >= 56 - 1e-6 for before, after in pairwise(places))
    assert (places[0], places[-1]) == (84, 472)
