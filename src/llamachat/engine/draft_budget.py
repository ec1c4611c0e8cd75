"""Decides how many guessed tokens are evaluated together with one that is known.

Evaluating several tokens at once costs more than one, less than all of them singly; how much less
depends on processor, kernels and batch size, so it is measured while answers are written. So is how
often guesses are right, by the length of the piece of text that they continue. Guesses are tried
where they promise to pay, and only with time that guesses have saved before, or with a hundredth of
what tokens cost anyway: text that cannot be guessed is hardly slowed down. The unit of all costs is
one token evaluated alone. Knows neither tokens nor engines.
"""

from __future__ import annotations

from bisect import bisect_right

BATCHES = (4, 8, 12, 16)
"""sizes that are tried: kernels take rows by four, and what is left over singly"""

MOST_DRAFTED = BATCHES[-1] - 1

_LENGTHS = (3, 4, 8, 16)
"""where the classes of lengths of a repeated piece begin, beside 2"""

_FIRST_RIGHT = (0.3, 0.45, 0.85, 0.9, 0.95)
_NEXT_RIGHT = (0.8, 0.9, 0.95, 0.95, 0.96)
"""believed chances, by class: that the first guess is right, and each further one if it was"""

_BELIEF = 4.0
"""guesses that a belief weighs as much as"""

_BELIEVED_SLOPE = 0.2
"""cost of each further token of a batch, until it is measured"""

_WORTH = 1.05
"""tokens per cost from which a batch is tried"""

_GRANT = 0.01
"""of each token's cost may be lost"""

_FIRST_CREDIT, _MOST_CREDIT = 1.0, 4.0
"""more is not saved up, so that free text after quotations costs as little"""

_REMEMBERED_TOKENS, _REMEMBERED_BATCHES = 0.99, 0.9
"""of what was counted, after each token and after each batch of its class"""

_LEARNED, _FORGOTTEN = 0.25, 0.005
"""weight of the newest measurement of a cost, and how much of it is lost with each token"""


class _Chance:
    """A chance that is counted, and tends to what was believed before."""

    def __init__(self, believed: float) -> None:
        self._believed = believed
        self._right, self._seen = believed * _BELIEF, _BELIEF
        self._at = 0

    def at(self, token: int) -> _Chance:
        """The chance at this token; those before it fade."""
        self.fade(_REMEMBERED_TOKENS ** (token - self._at))
        self._at = token
        return self

    @property
    def value(self) -> float:
        return self._right / self._seen

    def count(self, right: int, wrong: int) -> None:
        self._right += right
        self._seen += right + wrong

    def fade(self, remembered: float) -> None:
        self._right += (1 - remembered) * (self._believed * _BELIEF - self._right)
        self._seen += (1 - remembered) * (_BELIEF - self._seen)


class DraftBudget:
    """What one engine learned about guesses; serves one answer after the other."""

    def __init__(self) -> None:
        self.credit = _FIRST_CREDIT
        """costs of single tokens that may be lost"""
        self.single = 0.0
        """seconds that one token alone takes"""
        self._tokens = 0
        """evaluated alone"""
        self._costs: dict[int, float] = {}
        """of the sizes that were measured"""
        self._first = [_Chance(believed) for believed in _FIRST_RIGHT]
        self._next = [_Chance(believed) for believed in _NEXT_RIGHT]

    def tokens(self, length: int, most: int) -> int:
        """How many of `most` guesses to try after a repeated piece of this length; 0 = none."""
        place = bisect_right(_LENGTHS, length)
        first = self._first[place].at(self._tokens).value
        following = self._next[place].at(self._tokens).value
        chosen, best = 0, _WORTH
        for size in BATCHES if self._costs else BATCHES[:1]:  # the first one may be dear
            cost = self.cost(size)
            if size - 1 > most or (1 - first) * (cost - 1) > self.credit or not self.single:
                continue
            if (rate := _expected(first, following, size - 1) / cost) > best:
                chosen, best = size - 1, rate
        return chosen

    def cost(self, size: int) -> float:
        """Of a batch, as measured; else as much for each token as in the next smaller one."""
        if size in self._costs:
            return self._costs[size]
        smaller = max((known for known in self._costs if known < size), default=0)
        slope = (self._costs[smaller] - 1) / (smaller - 1) if smaller else _BELIEVED_SLOPE
        return 1 + slope * (size - 1)

    def evaluated_one(self, seconds: float) -> None:
        """A token was evaluated alone."""
        self._tokens += 1
        if not self.single:
            self.single = seconds
        self.single += _LEARNED / 2 * (min(seconds, 2 * self.single) - self.single)
        self.credit = min(self.credit + _GRANT, _MOST_CREDIT)
        for size, cost in self._costs.items():
            believed = 1 + _BELIEVED_SLOPE * (size - 1)
            self._costs[size] += _FORGOTTEN * (believed - cost)

    def verified(self, length: int, drafted: int, accepted: int, seconds: float) -> None:
        """A batch of one known token and `drafted` guesses took so long; so many were right."""
        if self.single:
            cost = self._measured(drafted + 1, seconds / self.single)
            self.credit = min(self.credit + accepted + 1 - cost, _MOST_CREDIT)
        place = bisect_right(_LENGTHS, length)
        first, following = self._first[place], self._next[place]
        for chance in (first, following):
            chance.at(self._tokens).fade(_REMEMBERED_BATCHES)
        first.count(int(accepted > 0), int(not accepted))
        if accepted:
            following.count(accepted - 1, int(accepted < drafted))

    def _measured(self, size: int, cost: float) -> float:
        """Learn from a batch; returns its cost, of an outlier what can be believed of it."""
        known, cost = self._costs.get(size), max(cost, 1.0)
        if known is None:  # a first one may take longer than its tokens one by one
            self._costs[size] = cost = min(cost, 1.25 * size)
            return cost
        cost = min(cost, 2 * known)
        self._costs[size] += _LEARNED * (cost - known)
        return cost


def _expected(first: float, following: float, drafted: int) -> float:
    """Tokens that a batch yields: the guesses up to the first wrong one, and one that is sampled
    after them."""
    if following >= 1:
        return 1 + first * drafted
    return float(1 + first * (1 - following**drafted) / (1 - following))
