"""Rates of arrivals: smooth streams, bursts, stalls and slow models."""

import pytest

from llamachat.chat.pace import HISTORY, Pace


def _steady(rate: float, seconds: float, *, start: float = 10.0) -> tuple[Pace, float]:
    pace, at = Pace(), start
    for number in range(int(rate * seconds) + 1):
        at = start + number / rate
        pace.arrive(1, at)
    return pace, at


@pytest.mark.parametrize("rate", [0.3, 2.7, 40.0, 2000.0])
def test_a_steady_stream_reads_as_its_rate(rate: float) -> None:
    pace, at = _steady(rate, max(5.0, 4 / rate))
    assert pace.now(at) == pytest.approx(rate)
    assert pace.average(at) == pytest.approx(rate)


@pytest.mark.parametrize("rate", [0.3, 2.7])
def test_a_slow_stream_does_not_flicker_between_two_tokens(rate: float) -> None:
    pace, at = _steady(rate, 4 / rate)
    for part in (0.2, 0.6, 0.99):
        pace.look(at + part / rate)
        assert pace.now(at + part / rate) == pytest.approx(rate)


def test_a_burst_counts_its_tokens_not_its_chunks() -> None:
    pace = Pace()
    for second in range(5):
        pace.arrive(8, float(second))
    assert pace.now(4.0) == pytest.approx(8.0)


def test_chunks_of_one_moment_are_one_arrival() -> None:
    apart, together = Pace(), Pace()
    for second in range(4):
        together.arrive(6, float(second))
        for _ in range(6):
            apart.arrive(1, float(second))
    assert apart.now(3.0) == together.now(3.0) == pytest.approx(6.0)


def test_now_follows_a_change_of_speed_within_two_seconds() -> None:
    pace, at = _steady(50.0, 10.0)
    for number in range(1, 21):
        pace.arrive(1, at + number / 10)
    assert pace.now(at + 2.0) == pytest.approx(10.0, rel=0.05)
    assert pace.average(at + 2.0) == pytest.approx(520 / 12, rel=0.05)


def test_a_stall_decays_to_zero() -> None:
    pace, at = _steady(20.0, 5.0)
    rates = []
    for waited in (0.0, 0.5, 1.0, 2.0, 5.0, 30.0):
        pace.look(at + waited)
        rates.append(pace.now(at + waited))
    assert rates == sorted(rates, reverse=True)
    assert rates[2] < 12
    assert rates[3] < 1
    assert rates[-1] < 0.05


def test_nothing_and_one_token_have_no_rate() -> None:
    pace = Pace()
    assert pace.now(5.0) == pace.average(5.0) == 0.0
    pace.arrive(0, 1.0)
    pace.arrive(1, 1.0)
    assert pace.now(1.0) == pace.average(9.0) == 0.0


def test_history_has_a_value_for_each_half_second_whoever_looks() -> None:
    watched, alone = Pace(), Pace()
    for number in range(101):
        for pace in (watched, alone):
            pace.arrive(1, number / 20)
        watched.look(number / 20 + 0.01)
    assert list(watched.history) == list(alone.history) == pytest.approx([20.0] * 10)


def test_history_stays_bounded_after_a_night() -> None:
    pace, at = _steady(10.0, 3.0)
    pace.look(at + 8 * 3600)
    assert len(pace.history) == HISTORY
    assert pace.history[-1] < 0.001


def test_a_run_too_short_for_the_history_leaves_its_average() -> None:
    pace, at = _steady(1000.0, 0.02)
    pace.end(at)
    pace.end(at)
    assert list(pace.history) == pytest.approx([1000.0])


def test_the_next_run_goes_on_with_the_history() -> None:
    first, at = _steady(10.0, 2.0)
    first.end(at)
    second = Pace(first.history)
    second.arrive(1, at + 60)
    second.arrive(5, at + 60.5)
    second.look(at + 60.5)
    assert len(second.history) == 5
