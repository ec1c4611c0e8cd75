"""Lines of the live panel: widths, numbers and what is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from llamachat.tui.widgets.panel_text import (
    Line,
    bar,
    clip,
    fit,
    left,
    percent,
    rate,
    row,
    seconds,
    size,
    sparkline,
    wrapped,
)

TEXT = st.text(st.characters(exclude_categories=["C"]))


@given(TEXT, TEXT, st.integers(1, 60))
def test_a_row_is_exactly_as_wide_as_it_should(label: str, value: str, width: int) -> None:
    assert sum(cell_len(text) for text, _ in row(label, value, width)) == width


@given(TEXT, st.integers(0, 40))
def test_clipped_text_is_never_wider(text: str, width: int) -> None:
    assert cell_len(clip(text, width)) <= width


@given(TEXT, st.integers(2, 40), st.integers(1, 4))
def test_wrapped_text_fits_its_lines(text: str, width: int, most: int) -> None:
    lines = wrapped(text, width, most)
    assert len(lines) <= most
    assert all(cell_len(line) <= width for line in lines)


def test_wrapped_text_breaks_between_words_and_loses_none() -> None:
    assert wrapped("one two three four", 9, 3) == ["one two", "three", "four"]
    assert wrapped("one two three four", 9, 2) == ["one two", "three fo…"]


@given(st.floats(-1, 2), st.integers(1, 80))
def test_a_bar_keeps_its_width(fraction: float, width: int) -> None:
    assert sum(len(text) for text, _ in bar(fraction, width)) == width


@given(st.lists(st.floats(0, 1e6)), st.integers(1, 40))
def test_a_sparkline_shows_the_latest_values(values: list[float], width: int) -> None:
    drawn = sparkline(values, width)
    assert len(drawn) == (width if any(values[-width:]) else 0)


def test_the_largest_value_of_a_sparkline_is_full_and_a_stall_is_low() -> None:
    assert sparkline([4.0, 8.0, 0.0], 5) == "  ▅█▁"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0.0 t/s"), (7.123, "7.1 t/s"), (999.9, "999.9 t/s"), (2031.4, "2,031 t/s")],
)
def test_rates_have_one_decimal_while_it_means_something(value: float, expected: str) -> None:
    assert rate(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0.00 s"), (9.994, "9.99 s"), (9.996, "10 s"), (99.4, "99 s"), (192.0, "3 min 12 s"),
     (7500.0, "2 h 05 min")],
)  # fmt: skip
def test_seconds_are_said_as_people_would(value: float, expected: str) -> None:
    assert seconds(value) == expected


def test_the_time_left_is_whole_seconds_and_never_none() -> None:
    assert (left(0.0), left(24.4), left(130.0)) == ("1 s", "24 s", "2 min 10 s")


def test_sizes_are_in_the_units_of_the_doctor() -> None:
    assert (size(0), size(160 << 20), size(4 << 30)) == ("–", "160 MiB", "4.0 GiB")


def test_percent_is_full_only_when_it_is() -> None:
    assert (percent(0.999), percent(1.0), percent(7.0)) == ("99 %", "100 %", "100 %")


def test_what_does_not_fit_goes_by_rank_and_the_order_stays() -> None:
    lines = [Line(section=str(n), rank=rank) for n, rank in enumerate((9, 0, 5, 0, 5))]
    assert [line.section for line in fit(lines, 2)] == ["0", "2"]
    assert fit(lines, 9) == lines
