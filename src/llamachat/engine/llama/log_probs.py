"""From logits to probabilities, and how far those of two models are apart, as llama-perplexity
computes both.

The probabilities of the model that others are compared with are kept as it keeps them: sixteen bits
for each, from the likeliest down to e^-16 of it, with a scale for every token. So the figures are
its own to the last printed digit, and half the size of floats. Pure NumPy; knows no engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Tokens = NDArray[np.int32]
Packed = NDArray[np.uint16]
"""rows of `packed_width`"""

LEAST = np.float32(16.0)
"""what is less likely than the likeliest by e^16 is not told apart"""
STEPS = np.float32(65535.0)
FLAT = np.float32(1e-30)
"""logits that are so much alike are equal: nothing to divide by"""
ROWS = 32
"""positions worked on together: 32 of a vocabulary of 128,000 take 16 MB an array"""


def packed_width(n_vocab: int) -> int:
    """Values of a row: scale and smallest as two floats, then the vocabulary, an even number."""
    return 2 * ((n_vocab + 1) // 2) + 4


def negative_log_likelihood(logits: Floats, targets: Tokens) -> Doubles:
    """For each row the surprise at its target, in nats."""
    top = logits.max(axis=1)
    said = logits[np.arange(len(targets)), targets]
    surprise: Doubles = np.log(_sums(logits, top)) - (said - top).astype(np.float64)
    return surprise


def pack(logits: Floats) -> Packed:
    """The logarithms of the probabilities, sixteen bits each."""
    n_rows, n_vocab = logits.shape
    top = logits.max(axis=1)
    least = np.maximum(logits.min(axis=1), top - LEAST)
    log_sum = _log_sum(logits, top)
    scale = (top - least) / STEPS
    packed = np.zeros((n_rows, packed_width(n_vocab)), np.uint16)
    packed[:, :4] = np.stack([scale, least - top - log_sum], axis=1).view(np.uint16)
    inverse = np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale > FLAT)
    steps = np.rint(inverse[:, None] * (logits - least[:, None]))
    packed[:, 4 : 4 + n_vocab] = np.clip(steps, 0, STEPS).astype(np.uint16)
    return packed


def unpack(packed: Packed, n_vocab: int) -> Floats:
    """What was packed, as logarithms of probabilities."""
    heads = np.ascontiguousarray(packed[:, :4]).view(np.float32)
    steps = packed[:, 4 : 4 + n_vocab].astype(np.float32)
    found: Floats = heads[:, :1] * steps + heads[:, 1:]
    return found


def divergence(logits: Floats, packed: Packed) -> tuple[Doubles, NDArray[np.bool_]]:
    """For each row the Kullback-Leibler divergence of these logits from the kept probabilities,
    and whether both find the same token likeliest."""
    n_vocab = logits.shape[1]
    base = unpack(packed, n_vocab)
    top = logits.max(axis=1)
    shift = top + _log_sum(logits, top)
    apart = np.exp(base) * (base - logits + shift[:, None])
    found = np.where(base > -LEAST, apart, np.float32(0)).sum(axis=1, dtype=np.float64)
    same = logits.argmax(axis=1) == packed[:, 4 : 4 + n_vocab].argmax(axis=1)
    return found, same


def _log_sum(logits: Floats, top: Floats) -> Floats:
    found: Floats = np.log(_sums(logits, top)).astype(np.float32)
    return found


def _sums(logits: Floats, top: Floats) -> Doubles:
    """Of the exponentials, each rounded to a float as C's expf does: NumPy's own for floats is off
    by up to 2.5 units in the last place, which the fourth decimal of a large perplexity shows."""
    powers = np.exp((logits - top[:, None]).astype(np.float64)).astype(np.float32)
    sums: Doubles = powers.sum(axis=1, dtype=np.float64)
    return sums


@dataclass(slots=True)
class Mean:
    """A mean and its standard error, from sums."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, values: Doubles) -> None:
        self.count += len(values)
        self.total += float(values.sum())
        self.squares += float((values * values).sum())

    @property
    def value(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def error(self) -> float:
        if self.count < 2:
            return 0.0
        variance = self.squares / self.count - self.value**2
        return float(np.sqrt(max(variance, 0.0) / (self.count - 1)))


@dataclass(slots=True)
class Tally:
    """All figures of a text so far."""

    surprise: Mean = field(default_factory=Mean)
    apart: Mean = field(default_factory=Mean)
    same: int = 0

    def add(self, logits: Floats, targets: Tokens, base: Packed | None = None) -> None:
        """Score rows; against the kept probabilities of another model where they are given."""
        for start in range(0, len(targets), ROWS):
            rows = slice(start, start + ROWS)
            self.surprise.add(negative_log_likelihood(logits[rows], targets[rows]))
            if base is not None:
                apart, same = divergence(logits[rows], base[rows])
                self.apart.add(apart)
                self.same += int(same.sum())

    @property
    def perplexity(self) -> float:
        return float(np.exp(self.surprise.value))

    @property
    def perplexity_error(self) -> float:
        return self.surprise.error * self.perplexity

    @property
    def same_top(self) -> float:
        return self.same / self.apart.count if self.apart.count else 0.0

    @property
    def same_top_error(self) -> float:
        share, count = self.same_top, self.apart.count
        return float(np.sqrt(share * (1 - share) / (count - 1))) if count > 1 else 0.0
