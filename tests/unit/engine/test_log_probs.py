"""Scores from logits: exact where they can be, and rounded as llama-perplexity rounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from llamachat.engine.llama.log_probs import (
    ROWS,
    Floats,
    Mean,
    Tally,
    divergence,
    negative_log_likelihood,
    pack,
    packed_width,
    unpack,
)

LOGITS = arrays(
    np.float32, (3, 7), elements=st.floats(-14, 14, width=32, allow_nan=False, allow_infinity=False)
)


def exact_log_softmax(logits: Floats) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    wide = logits.astype(np.float64)
    top = wide.max(axis=1, keepdims=True)
    found: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (
        wide - top - np.log(np.exp(wide - top).sum(axis=1, keepdims=True))
    )
    return found


def test_equal_logits_surprise_by_the_size_of_the_vocabulary() -> None:
    found = negative_log_likelihood(np.zeros((2, 8), np.float32), np.array([0, 7], np.int32))
    assert found == pytest.approx([np.log(8)] * 2)


@given(LOGITS)
def test_surprise_is_exact_to_seven_digits(logits: Floats) -> None:
    targets = np.array([0, 3, 6], np.int32)
    exact = -exact_log_softmax(logits)[np.arange(3), targets]
    assert negative_log_likelihood(logits, targets) == pytest.approx(exact, rel=1e-5, abs=2e-6)


def test_huge_logits_do_not_overflow() -> None:
    logits = np.array([[1e38, 0, -1e38]], np.float32)
    assert negative_log_likelihood(logits, np.array([0], np.int32)) == pytest.approx([0])


@pytest.mark.parametrize(("n_vocab", "width"), [(7, 12), (8, 12), (512, 516), (32000, 32004)])
def test_a_row_has_a_scale_a_least_and_an_even_vocabulary(n_vocab: int, width: int) -> None:
    assert packed_width(n_vocab) == width
    assert pack(np.zeros((1, n_vocab), np.float32)).shape == (1, width)


@given(LOGITS)
def test_sixteen_bits_keep_what_is_within_e_to_the_sixteen(logits: Floats) -> None:
    exact = exact_log_softmax(logits)
    found = unpack(pack(logits), 7)
    near = logits >= logits.max(axis=1, keepdims=True) - 16
    assert np.abs(found - exact)[near].max() < 16 / 65535
    assert (found[~near] <= found.max() - 15).all()


@given(LOGITS)
def test_a_model_does_not_differ_from_itself(logits: Floats) -> None:
    apart, same = divergence(logits, pack(logits))
    assert np.abs(apart).max() < 3e-4
    clear = np.sort(logits, axis=1)
    sure = clear[:, -1] - clear[:, -2] > 1e-3
    assert same[sure].all()


def test_divergence_is_that_of_kullback_and_leibler() -> None:
    rng = np.random.default_rng(5)
    base, other = (rng.normal(0, 3, (40, 50)).astype(np.float32) for _ in range(2))
    p, q = exact_log_softmax(base), exact_log_softmax(other)
    exact = (np.exp(p) * (p - q)).sum(axis=1)
    apart, same = divergence(other, pack(base))
    assert apart == pytest.approx(exact, abs=2e-3)
    assert (same == (base.argmax(axis=1) == other.argmax(axis=1))).all()


def test_one_certain_token_has_no_scale_to_divide_by() -> None:
    flat = np.zeros((1, 6), np.float32)
    assert np.exp(unpack(pack(flat), 6)).sum() == pytest.approx(1)


def test_a_mean_has_a_standard_error() -> None:
    mean = Mean()
    mean.add(np.array([1.0, 2.0]))
    mean.add(np.array([3.0, 6.0]))
    values = np.array([1.0, 2.0, 3.0, 6.0])
    assert mean.value == 3.0
    assert mean.error == pytest.approx(values.std() / np.sqrt(3))


def test_a_tally_does_not_depend_on_how_rows_are_grouped() -> None:
    rng = np.random.default_rng(6)
    logits = rng.normal(0, 2, (2 * ROWS + 5, 11)).astype(np.float32)
    base = pack(rng.normal(0, 2, logits.shape).astype(np.float32))
    targets = rng.integers(0, 11, len(logits)).astype(np.int32)
    whole, single = Tally(), Tally()
    whole.add(logits, targets, base)
    for row in range(len(logits)):
        single.add(logits[row : row + 1], targets[row : row + 1], base[row : row + 1])
    assert whole.perplexity == pytest.approx(single.perplexity)
    assert whole.apart.value == pytest.approx(single.apart.value)
    assert (whole.same, whole.apart.count) == (single.same, len(logits))
    assert 0 < whole.same_top_error < 0.1


def test_nothing_compared_is_no_share() -> None:
    tally = Tally()
    assert (tally.same_top, tally.same_top_error, tally.surprise.error) == (0.0, 0.0, 0.0)
