"""Log probabilities of the tokens of an answer: the model's own, before any sampler has a say.

A softmax over the raw logits in double precision: 4 ms a token of a vocabulary of 32,000, 15 ms of
one of 128,000, and only where it is asked for. What is held back from the text (a beginning of a
reverse prompt, half a character) is held back here too, so that nobody reads in the tokens what was
not said. Knows nothing of chunks on their way.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import Any

from llamachat.engine.base import Candidate, TokenProbs
from llamachat.engine.llama.library import bindings
from llamachat.engine.llama.vocab import Vocab, as_bytes

LEAST = -9999.0
"""in place of minus infinity, which JSON has no word for; OpenAI's"""


class Probabilities:
    """Of one answer; with `n_probs` 0 nothing is computed."""

    def __init__(self, vocab: Vocab, n_probs: int) -> None:
        self._vocab = vocab
        self._n_probs = n_probs
        self._waiting: deque[tuple[int, TokenProbs]] = deque()
        """(where the token begins in the answer, in bytes)"""
        self._said = 0
        """bytes of the tokens so far"""
        self._shown = 0
        """of them in the text"""

    def sampled(self, context: Any, row: int, token: int) -> None:
        """A token was picked from the logits of this row."""
        if not self._n_probs:
            return
        found = bindings().llama_get_logits_ith(context, row)
        logits: list[float] = found[: self._vocab.size]
        likeliest = heapq.nlargest(self._n_probs, range(len(logits)), key=logits.__getitem__)
        total = log_sum(logits)
        self._waiting.append(
            (
                self._said,
                TokenProbs(
                    self._candidate(token, logits[token] - total),
                    tuple(self._candidate(other, logits[other] - total) for other in likeliest),
                ),
            )
        )
        self._said += len(self._vocab.piece(token))

    def shown(self, text: str) -> tuple[TokenProbs, ...]:
        """This text of the answer is told: those of the tokens that begin in it."""
        if not self._n_probs:
            return ()
        self._shown += len(as_bytes(text))
        told = []
        while self._waiting and self._waiting[0][0] < self._shown:
            told.append(self._waiting.popleft()[1])
        return tuple(told)

    def _candidate(self, token: int, logprob: float) -> Candidate:
        piece = self._vocab.piece(token, special=True)
        return Candidate(token, piece.decode("utf-8", "surrogateescape"), max(logprob, LEAST))


def log_sum(logits: list[float]) -> float:
    """The logarithm of the sum of their exponentials."""
    top = max(logits)
    return top + math.log(math.fsum(math.exp(logit - top) for logit in logits))
