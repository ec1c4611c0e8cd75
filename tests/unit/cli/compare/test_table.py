"""The table in any width: what tells models apart stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.cli.cells import width
from llamachat.cli.compare.table import table_lines
from llamachat.compare.figures import Comparison
from tests.unit.compare.samples import BIG, COMPARISON, SMALL

LONG = replace(SMALL, subject=replace(SMALL.subject, label="llama-7b-Q4_0"))
TWO = Comparison((replace(BIG, subject=replace(BIG.subject, label="F16")), LONG), 0)


def test_a_wide_terminal_shows_everything() -> None:
    assert table_lines(TWO, None) == [
        "model             size   bits    load  memory  prefill  decode     PPL     KLD   same",
        "F16              13 GB  16.00  6.50 s   14 GB     20.2    2.50  5.8000       –      –",
        "llama-7b-Q4_0  3.83 GB   4.55  1.25 s  4.1 GB     41.0    7.50  5.9500  0.0212  94.3%",
    ]


def test_a_narrow_one_keeps_the_ends_of_names() -> None:
    heading, _, line = table_lines(TWO, 77)
    assert line.startswith("…")
    assert "Q4_0 " in line.split("GB")[0]
    assert "PPL" in heading


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 120])
def test_perplexity_stays_longest(columns: int) -> None:
    assert "PPL" in table_lines(TWO, columns)[0]


@given(st.integers(18, 200))
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    assert all(width(line) <= columns for line in table_lines(COMPARISON, columns))
