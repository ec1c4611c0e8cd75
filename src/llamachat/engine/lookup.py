"""Guesses the next tokens from those that are there: what followed where the last few stood before?

Answers that repeat their context (edited code, quotations, lists written again) are guessed well,
free text is not. An index of n-grams that grows token by token; knows neither models nor whether a
guess is worth its price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LENGTHS = (8, 4, 3, 2)
"""of the n-grams that are looked up, the longest first: it says best which of several places is
meant"""

COMPARED = 32
"""tokens before a place that are compared, at most: more than that says nothing new"""


@dataclass(frozen=True, slots=True)
class Guess:
    """What may follow."""

    tokens: tuple[int, ...] = ()
    length: int = 0
    """tokens that stand before it here and there alike"""


class Lookup:
    """The tokens of one dialog, and after each n-gram of them the place that followed it last."""

    def __init__(self, ids: Sequence[int] = ()) -> None:
        self._ids = list(ids)
        self._followed = {n: _places(self._ids, n) for n in LENGTHS}

    def append(self, token: int) -> None:
        """One more token; it follows what stood at the end."""
        place = len(self._ids)
        for n, followed in self._followed.items():
            if place >= n:
                followed[tuple(self._ids[place - n :])] = place
        self._ids.append(token)

    def guess(self, most: int) -> Guess:
        """Exactly `most` tokens that followed the latest place with the same n-gram before it, the
        longest n that has one; none where no pair was seen before.

        A guess that reaches the end goes on with itself, as text does that repeats itself.
        """
        ids = self._ids
        for n, followed in self._followed.items():
            place = followed.get(tuple(ids[-n:])) if most > 0 else None
            if place is not None:
                period = len(ids) - place
                tokens = (ids[place + i % period] for i in range(most))
                return Guess(tuple(tokens), self._shared(place))
        return Guess()

    def _shared(self, place: int) -> int:
        """How many tokens before the place are those at the end."""
        ids, length = self._ids, 0
        while length < min(place, COMPARED) and ids[place - 1 - length] == ids[-1 - length]:
            length += 1
        return length


def _places(ids: list[int], n: int) -> dict[tuple[int, ...], int]:
    """After each n-gram the place that followed it last; 1 ms for 2,000 tokens and all lengths."""
    grams = zip(*(ids[start:] for start in range(n)), strict=False)
    return dict(zip(grams, range(n, len(ids)), strict=False))
