"""Evaluates the tokens of an answer, and some before they are sampled.

Guessed tokens go into the batch of the token before them. Each is part of the answer only when the
sampler picks the very same one from the logits before it, so what is said does not depend on what
was guessed; the rest leaves the cache. Knows neither text nor why an answer ends.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from llamachat.engine.context import Tokens
from llamachat.engine.draft_budget import MOST_DRAFTED, DraftBudget
from llamachat.engine.llama.cache import Cache
from llamachat.engine.lookup import Lookup


class Speculation:
    """The cache while one answer is written; without a budget every token is evaluated alone."""

    def __init__(self, cache: Cache, budget: DraftBudget | None, *, n_ubatch: int) -> None:
        self._cache = cache
        self._budget = budget if cache.can_withdraw else None
        self._n_ubatch = n_ubatch
        self._known: Sequence[int] = ()
        self._lookup: Lookup | None = None
        self._draft: tuple[int, ...] = ()
        self._repeated = 0
        """tokens before the draft that were seen before"""
        self._took = 0.0
        self._ahead = 0
        """drafted tokens in the cache that were not sampled (yet)"""
        self.drafted = self.accepted = 0

    @property
    def row(self) -> int:
        """Of the logits to sample from."""
        return -1 - self._ahead

    @property
    def held(self) -> int:
        """Length of the cache, had nothing been drafted."""
        return len(self._cache) - self._ahead

    def start(self, ids: Sequence[int]) -> None:
        """What is guessed from: the prompt, or what is left in a full context."""
        self._known, self._lookup = ids, None

    def advance(self, token: int, turn: int, *, most: int) -> bool:
        """The token was sampled: have the logits after it; False where that was stopped.

        Args:
            most: tokens that may be drafted after it.
        """
        if self._budget is None:
            return self._cache.decode_one(token, turn)
        if self._lookup is None:  # not before the first token is shown
            self._lookup = Lookup(self._known)
        self._lookup.append(token)
        if self._ahead and self._draft[-self._ahead] == token:
            self._ahead -= 1
            self.accepted += 1
            return True
        self.settle()
        draft = self._drafted(self._lookup, self._budget, most)
        ids, began = [token, *draft], time.perf_counter()
        if not draft:
            if done := self._cache.decode_one(token, turn):
                self._cache.wait()
                self._budget.evaluated_one(time.perf_counter() - began)
            return done
        if done := self._cache.decode_each(Tokens(ids, [turn] * len(ids))):
            self._cache.wait()
            self._took = time.perf_counter() - began
            self._draft, self._ahead = draft, len(draft)
            self.drafted += len(draft)
        return done

    def settle(self) -> None:
        """Let go of what was drafted and not sampled."""
        if not self._draft or self._budget is None:
            return
        drafted, ahead = len(self._draft), self._ahead
        self._budget.verified(self._repeated, drafted, drafted - ahead, self._took)
        self._draft, self._ahead = (), 0
        if ahead:
            self._cache.withdraw(ahead)

    def _drafted(self, lookup: Lookup, budget: DraftBudget, most: int) -> tuple[int, ...]:
        """The tokens that are worth trying."""
        if self._cache.shift_pending:  # what applies a shift cannot be stopped
            return ()
        most = min(most, self._n_ubatch - 1, MOST_DRAFTED)
        guess = lookup.guess(most)
        self._repeated = guess.length
        return guess.tokens[: budget.tokens(guess.length, most)] if guess.tokens else ()
