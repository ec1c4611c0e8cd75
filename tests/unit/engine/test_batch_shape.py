"""Batches are filled up where that is cheaper, by the times that were measured."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.llama.batch_shape import filled_up

SINGLE, FOUR, SIXTEEN = 85.0, 145.0, 440.0
"""milliseconds for a row by itself, for four and for sixteen; 7B Q4_0, two cores of a Zen 5"""


def cost(n_tokens: int) -> float:
    blocks, rest = divmod(n_tokens, 16)
    fours, singles = divmod(rest, 4)
    return blocks * SIXTEEN + fours * FOUR + singles * SINGLE


@given(st.integers(1, 4096))
def test_what_is_evaluated_holds_what_is_wanted_and_costs_no_more(n_tokens: int) -> None:
    filled = filled_up(n_tokens)
    assert n_tokens <= filled < n_tokens + 4
    assert cost(filled) <= cost(n_tokens)


@given(st.integers(1, 4096))
def test_a_batch_that_was_filled_up_stays_as_it_is(n_tokens: int) -> None:
    assert filled_up(filled_up(n_tokens)) == filled_up(n_tokens)


def test_single_rows_become_four_and_almost_sixteen_becomes_sixteen() -> None:
    sizes = (1, 2, 3, 4, 5, 6, 7, 9, 10, 13, 14, 15, 17, 31, 255)
    filled = (1, 4, 4, 4, 5, 8, 8, 9, 12, 16, 16, 16, 17, 32, 256)
    assert tuple(map(filled_up, sizes)) == filled
