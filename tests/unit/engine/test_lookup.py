"""The index finds what a scan of all tokens finds."""

import hypothesis
import pytest
from hypothesis import strategies as st

from llamachat.engine.lookup import COMPARED, LENGTHS, Guess, Lookup

FEW = st.lists(st.integers(0, 3), max_size=80)
"""so few different tokens that much is repeated"""


def scanned(ids: list[int], most: int) -> Guess:
    """What a guess is, by definition."""
    for n in LENGTHS:
        places = [p for p in range(n, len(ids)) if ids[p - n : p] == ids[-n:]]
        if places and most:
            place, tokens, length = places[-1], list(ids), 0
            for _ in range(most):
                tokens.append(tokens[len(tokens) - len(ids) + place])
            while length < COMPARED and place > length and ids[place - 1 - length] == ids[~length]:
                length += 1
            return Guess(tuple(tokens[len(ids) :]), length)
    return Guess()


@hypothesis.given(FEW, st.integers(0, 9))
def test_guess_is_what_followed_the_latest_place(ids: list[int], most: int) -> None:
    assert Lookup(ids).guess(most) == scanned(ids, most)


@hypothesis.given(FEW, FEW, st.integers(1, 9))
def test_index_grows_to_what_it_would_have_been(
    first: list[int], more: list[int], most: int
) -> None:
    grown, ids = Lookup(first), list(first)
    for token in more:
        grown.append(token)
        ids.append(token)
        assert grown.guess(most) == Lookup(ids).guess(most)


def test_longer_pieces_tell_best_which_place_is_meant() -> None:
    ids = [7, 1, 2, 3, 4, 50, 9, 3, 4, 60, 8, 1, 2, 3, 4]
    assert Lookup(ids).guess(1) == Guess((50,), 4)


def test_of_two_places_the_latest_counts() -> None:
    assert Lookup([1, 2, 50, 1, 2, 60, 1, 2]).guess(1).tokens == (60,)


@pytest.mark.parametrize("ids", [[], [1], [1, 1], [1, 2, 3, 4], [1, 2, 1]])
def test_nothing_is_guessed_where_no_pair_was_seen(ids: list[int]) -> None:
    assert Lookup(ids).guess(4) == Guess()


def test_text_that_repeats_itself_is_guessed_beyond_its_end() -> None:
    assert Lookup([5, 1, 2, 3, 1, 2, 3]).guess(7).tokens == (1, 2, 3, 1, 2, 3, 1)


def test_the_tokens_given_are_not_changed() -> None:
    ids = [1, 2]
    Lookup(ids).append(3)
    assert ids == [1, 2]
