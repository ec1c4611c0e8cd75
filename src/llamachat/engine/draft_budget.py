"""Decides how many guessed tokens are evaluated together with one that is known.

Evaluating several tokens at once costs more than one, less than all of them singly; how much less
depends on processor, kernels and batch size, so it is measured while answers are written. So is how
often guesses are right, by how long a piece of text they continue. A guess is tried where it
promises to pay, and only with time that guesses have saved before, or with a hundredth of what
tokens cost anyway: text that cannot be guessed is never slowed down by more. Unit of all costs is
one token evaluated alone. Knows neither tokens nor engines.
"""

from __future__ import annotations

from bisect import bisect_right

BATCHES = (4, 8, 12, 16)
"""sizes that are tried: kernels take rows by four, and what is left over singly"""

MOST_DRAFTED = BATCHES[-1] - 1

_BELIEVED_COST = {size: 1 + 0.2 * (size - 1) for size in BATCHES}
"""until it is measured, and again after a long time without a measurement"""

_LENGTHS = (3, 4, 6, 10, 18)
"""where the classes of lengths of a repeated piece begin, beside 2"""

_BELIEVED_RIGHT = (0.5, 0.6, 0.75, 0.85, 0.92, 0.95)
"""chance of each guessed token, by class; counts as much as _BELIEF guesses"""
_BELIEF = 4.0

_WORTH = 1.05
"""tokens per cost from which a batch is tried"""

_GRANT = 0.01
"""of each token's cost may be lost to guesses"""

_FIRST_CREDIT, _MOST_CREDIT = 2.0, 4.0
"""more is not saved, so that long free text after long quotations costs as little"""

_REMEMBERED_TOKENS, _REMEMBERED_BATCHES = 0.99, 0.9
"""of what was counted, after each token and after each batch of its class"""

_LEARNED = 0.25
"""weight of the newest measurement"""

_FORGOTTEN = 0.005
"""of a batch's cost gives way to what was believed, with each token"""


class DraftBudget:
    """What one engine learned about guesses; serves one answer after the other."""

    def __init__(self) -> None:
        self.credit = _FIRST_CREDIT
        """costs of single tokens that may be lost"""
        self.single = 0.0
        """seconds that one token alone takes"""
        self.costs = dict(_BELIEVED_COST)
        self._known: set[int] = set()
        """sizes that were measured"""
        self._right = [chance * _BELIEF for chance in _BELIEVED_RIGHT]
        self._seen = [_BELIEF] * len(_BELIEVED_RIGHT)

    def tokens(self, length: int, most: int) -> int:
        """How many of `most` guesses to try after a repeated piece of this length; 0 = none."""
        chosen, best = 0, _WORTH
        chance = self.chance(length)
        for size, cost in self.costs.items():
            if size - 1 > most or cost - 1 > self.credit or not self.single:
                continue
            if (rate := _expected(chance, size - 1) / cost) > best:
                chosen, best = size - 1, rate
        return chosen

    def chance(self, length: int) -> float:
        """That one more guessed token is right, if all before it were."""
        place = bisect_right(_LENGTHS, length)
        return self._right[place] / self._seen[place]

    def evaluated_one(self, seconds: float) -> None:
        """A token was evaluated alone."""
        if not self.single:
            self.single = seconds
        self.single += _LEARNED / 2 * (min(seconds, 2 * self.single) - self.single)
        self.credit = min(self.credit + _GRANT, _MOST_CREDIT)
        for size, believed in _BELIEVED_COST.items():
            self.costs[size] += _FORGOTTEN * (believed - self.costs[size])
        for place in range(len(self._seen)):
            self._fade(place, _REMEMBERED_TOKENS)

    def verified(self, length: int, drafted: int, accepted: int, seconds: float) -> None:
        """A batch of one known token and `drafted` guesses took so long; so many were right."""
        size, place = drafted + 1, bisect_right(_LENGTHS, length)
        if self.single and size in self.costs:
            cost = self._measured(size, seconds / self.single)
            self.credit = min(self.credit + accepted + 1 - cost, _MOST_CREDIT)
        self._fade(place, _REMEMBERED_BATCHES)
        self._right[place] += accepted
        self._seen[place] += accepted + (accepted < drafted)

    def _measured(self, size: int, cost: float) -> float:
        """Learn from a batch; returns its cost, of an outlier what can be believed of it."""
        known = self.costs[size]
        if size in self._known:
            cost = min(cost, 2 * known)
            self.costs[size] += _LEARNED * (cost - known)
        else:  # no batch is dearer than its tokens one by one, but for what a first one takes
            self.costs[size] = cost = min(cost, 1.25 * size)
            self._known.add(size)
        return cost

    def _fade(self, place: int, remembered: float) -> None:
        """What was counted moves towards what was believed before."""
        chance = _BELIEVED_RIGHT[place]
        self._right[place] += (1 - remembered) * (chance * _BELIEF - self._right[place])
        self._seen[place] += (1 - remembered) * (_BELIEF - self._seen[place])


def _expected(chance: float, drafted: int) -> float:
    """Tokens that a batch yields: the guesses up to the first wrong one, and one that is sampled
    after them."""
    if chance >= 1:
        return drafted + 1.0
    return float((1 - chance ** (drafted + 1)) / (1 - chance))
