"""A gain counts only where it is larger than the scatter of comparisons between neighbours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.tuning.compare import (
    LEAST_PAIRS,
    MOST_PAIRS,
    WORTH,
    figure,
    is_faster,
    is_no_slower,
)

SECONDS = st.floats(1e-4, 100, allow_nan=False)


def test_speed_that_drifts_while_one_looks_is_no_gain() -> None:
    before = [1.0, 1.1, 1.21, 1.331, 1.4641]
    after = [1.05, 1.155, 1.27, 1.397]
    seen = figure("decode", before, after)
    assert abs(seen.gain) < 0.005
    assert is_faster(seen, WORTH) is not True


def test_steady_gain_is_one_after_four_pairs() -> None:
    before, after = [1.0, 1.01, 0.99, 1.0, 1.01], [0.90, 0.89, 0.90, 0.91]
    seen = figure("decode", before, after)
    assert seen.gain == pytest.approx(0.113, abs=0.01)
    assert 0 < seen.error < 0.05
    assert is_faster(seen, WORTH) is True
    assert is_faster(figure("decode", before[:3], after[:2]), WORTH) is None


def test_gain_within_the_scatter_is_none() -> None:
    before, after = [1.0, 1.4, 0.8, 1.3, 0.9], [0.7, 1.2, 1.1, 0.8]
    seen = figure("decode", before, after)
    assert seen.gain > WORTH
    assert is_faster(seen, WORTH) is not True


def test_hopeless_one_is_given_up_after_one_pair() -> None:
    assert is_faster(figure("decode", [1.0, 1.0], [2.0]), WORTH) is False


def test_figures_are_medians_of_seconds() -> None:
    seen = figure("prefill", [1.0, 9.0, 1.2], [0.5, 0.7])
    assert (seen.work, seen.before, seen.after, seen.pairs) == ("prefill", 1.2, 0.6, 2)


def test_slightly_slower_is_tolerated_in_other_work_and_more_is_not() -> None:
    assert is_no_slower(figure("prefill", [1.0] * 4, [1.01] * 3)) is True
    assert is_no_slower(figure("prefill", [1.0] * 4, [1.03] * 3)) is False
    assert is_no_slower(figure("prefill", [1.0] * 3, [1.01] * 2)) is None
    scattered = figure("prefill", [1.0, 1.0, 1.0, 1.0], [0.9, 1.0, 1.3])
    assert is_no_slower(scattered) is None


@given(st.lists(SECONDS, min_size=2, max_size=9), st.data())
def test_every_sample_gives_a_figure_and_a_decision_in_time(
    before: list[float], data: st.DataObject
) -> None:
    count = len(before) - 1
    after = data.draw(st.lists(SECONDS, min_size=count, max_size=count))
    seen = figure("decode", before, after)
    decided = is_faster(seen, WORTH)
    if decided:
        assert seen.pairs >= LEAST_PAIRS
        assert seen.gain >= WORTH
        assert seen.gain > seen.error
    assert decided is not None or seen.pairs < MOST_PAIRS
