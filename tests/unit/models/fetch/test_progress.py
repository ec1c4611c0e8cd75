"""Figures of a transfer: smooth, seldom, and right."""

from __future__ import annotations

import pytest

from llamachat.models.fetch.progress import EVERY, Progress, Rate, Teller


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_steady_line_has_its_own_rate() -> None:
    rate = Rate()
    rate.begin(0.0)
    for tenth in range(1, 100):
        rate.feed(1000, tenth / 10)
    assert rate.value == pytest.approx(10_000)


def test_a_slow_second_does_not_halve_the_rate() -> None:
    rate = Rate()
    rate.begin(0.0)
    for second in range(1, 20):
        rate.feed(10_000, float(second))
    rate.feed(0, 20.0)
    assert 7_000 < rate.value < 9_000


def test_no_rate_is_told_before_half_a_second() -> None:
    rate = Rate()
    rate.begin(0.0)
    rate.feed(1_000_000, 0.2)
    assert rate.value == 0.0
    rate.feed(1_000_000, 0.6)
    assert rate.value > 0


def test_time_without_a_connection_does_not_count() -> None:
    rate = Rate()
    rate.begin(0.0)
    rate.feed(10_000, 1.0)
    rate.begin(60.0)
    rate.feed(10_000, 61.0)
    assert rate.value == pytest.approx(10_000)


def test_it_tells_ten_times_a_second_at_most_and_every_change() -> None:
    clock, told = Clock(), list[Progress]()
    teller = Teller(told.append, 1_000_000, clock=clock)
    teller.begin_file("m.gguf", "")
    teller.tell("fetching")
    teller.connected()
    for _ in range(1000):
        clock.now += 0.001
        teller.received(1000)
    assert 1 / EVERY <= len(told) <= 1 / EVERY + 2
    teller.tell("paused")
    teller.tell("retrying", "one")
    teller.tell("retrying", "two")
    assert [p.note for p in told[-3:]] == ["", "one", "two"]
    assert told[-1].done == 1_000_000
    assert told[-4].rate == pytest.approx(1_000_000, rel=0.01)


def test_the_estimate_is_what_is_left_by_the_rate() -> None:
    clock, told = Clock(), list[Progress]()
    teller = Teller(told.append, 10_000, clock=clock)
    teller.begin_file("m.gguf", "")
    teller.connected()
    for _ in range(4):
        clock.now += 1
        teller.received(1000)
    assert told[-1].eta == pytest.approx(6.0)
    assert told[-1].fraction == pytest.approx(0.4)


def test_files_of_a_split_model_add_up() -> None:
    told = list[Progress]()
    teller = Teller(told.append, 30)
    for number in (1, 2):
        teller.begin_file(f"{number}.gguf", f"part {number} of 2")
        teller.at(10)
    teller.tell("fetching")
    assert (told[-1].done, told[-1].total, told[-1].note) == (20, 30, "part 2 of 2")


def test_a_size_that_nobody_knows_gives_no_share() -> None:
    assert Progress("m", 5, 0, 0.0, None, "fetching").fraction == 0.0
