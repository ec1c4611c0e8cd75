"""Guesses are tried where they pay, and cost next to nothing where they do not."""

from collections.abc import Callable

import hypothesis
import pytest
from hypothesis import strategies as st

from llamachat.engine.draft_budget import BATCHES, DraftBudget

MOST = BATCHES[-1] - 1
Cost = Callable[[int], float]
Right = Callable[[int, int], int]
"""of so many guesses at a token those that are right"""


def cheap(size: int) -> float:
    """A batch of four costs 1.6 tokens."""
    return 1 + 0.2 * (size - 1)


def write(
    budget: DraftBudget, tokens: int, right: Right, cost: Cost = cheap, length: int = 8
) -> tuple[float, int]:
    """Seconds (a token alone takes one) and batches of an answer in which every token but the
    first could be guessed from a piece of that length."""
    budget.evaluated_one(1.0)
    written, seconds, batches = 1, 1.0, 0
    while written < tokens:
        drafted = budget.tokens(length, MOST)
        if not drafted:
            budget.evaluated_one(1.0)
            written, seconds = written + 1, seconds + 1
            continue
        accepted, took = right(written, drafted), cost(drafted + 1)
        budget.verified(length, drafted, accepted, took)
        written, seconds, batches = written + accepted + 1, seconds + took, batches + 1
    return seconds, batches


def never(_at: int, _drafted: int) -> int:
    return 0


def always(_at: int, drafted: int) -> int:
    return drafted


def test_nothing_is_drafted_before_a_token_was_measured() -> None:
    assert DraftBudget().tokens(32, MOST) == 0


def test_no_more_is_drafted_than_may_be() -> None:
    budget = DraftBudget()
    write(budget, 300, always)
    assert 7 < budget.tokens(32, MOST) <= MOST
    assert budget.tokens(32, 9) == 7
    assert budget.tokens(32, 2) == 0


@pytest.mark.parametrize("length", [2, 3, 8, 32])
@pytest.mark.parametrize("slope", [0.05, 0.2, 0.5, 1.0])
def test_text_that_is_never_guessed_costs_two_hundredths_at_most(length: int, slope: float) -> None:
    seconds, _ = write(DraftBudget(), 400, never, lambda size: 1 + slope * (size - 1), length)
    assert seconds <= 1.02 * 400


@hypothesis.given(
    st.lists(st.integers(0, MOST), min_size=1, max_size=40), st.floats(0.05, 1.0),
    st.integers(2, 32),
)  # fmt: skip
def test_no_text_costs_much_more_than_without_guesses(
    rights: list[int], slope: float, length: int
) -> None:
    def right(at: int, drafted: int) -> int:
        return min(drafted, rights[at // 7 % len(rights)])

    seconds, _ = write(DraftBudget(), 1000, right, lambda size: 1 + slope * (size - 1), length)
    assert seconds <= 1.02 * 1000 + MOST


def test_low_acceptance_switches_drafting_off_but_for_rare_tries() -> None:
    budget = DraftBudget()
    write(budget, 100, never)
    _, batches = write(budget, 1000, never)
    assert 1 <= batches <= 20


def test_quoting_after_long_free_text_is_found_out_soon() -> None:
    budget = DraftBudget()
    write(budget, 1000, never)
    seconds, _ = write(budget, 600, always)
    assert seconds < 600 / 1.5


def test_text_that_is_always_guessed_is_written_at_the_price_of_its_batches() -> None:
    seconds, _ = write(DraftBudget(), 1000, always)
    assert seconds < 1.1 * 1000 * cheap(16) / 16


def test_the_size_that_pays_best_is_learned() -> None:
    """Where the cost of a batch leaps beyond eight rows, eight are taken."""
    budget = DraftBudget()
    write(budget, 600, always, lambda size: 2.0 if size <= 8 else 9.0)
    assert budget.tokens(32, MOST) == 7


def test_batches_that_cost_as_much_as_their_tokens_are_given_up() -> None:
    budget = DraftBudget()
    _, batches = write(budget, 400, always, float)
    assert batches < 50


def test_one_slow_batch_is_not_held_against_all_that_follow() -> None:
    budget = DraftBudget()
    write(budget, 300, always)
    budget.verified(8, MOST, MOST, 1000.0)
    seconds, _ = write(budget, 300, always)
    assert seconds < 300 / 1.5
