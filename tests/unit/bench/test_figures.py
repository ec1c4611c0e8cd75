"""Ratios are taken round by round, and a target is held against the figure it names."""

from __future__ import annotations

import pytest

from scripts.bench.figures import Row, Target, bar, number, spread, table


def test_a_ratio_is_that_of_the_rounds_not_of_the_medians() -> None:
    row = Row("ours", [1.0, 20.0, 3.0], base=[10.0, 100.0, 10.0])
    assert row.ratios == pytest.approx([0.1, 0.2, 0.3])
    assert row.figure("ratio") == pytest.approx(0.2)
    assert Row("ours", [2.0, 4.0], base=[2.0]).ratios == [1.0, 2.0]


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (None, True),
        (Target(0.2), True), (Target(0.19), False),
        (Target(0.2, at_least=True), True), (Target(0.21, at_least=True), False),
        (Target(20.0, "worst"), True), (Target(19.0, "worst"), False),
        (Target(3.0, "median"), True), (Target(2.9, "median"), False),
        (Target(90.0, "95 %"), True), (Target(15.0, "95 %"), False),
    ],
)  # fmt: skip
def test_a_target_is_met_or_not(target: Target | None, met: bool) -> None:
    row = Row("ours", [1.0, 20.0, 3.0], base=[10.0, 100.0, 10.0], target=target)
    assert row.met is met


def test_the_table_shows_medians_spreads_ratios_and_targets() -> None:
    rows = [
        Row("theirs", [10.0, 100.0, 10.0]),
        Row("ours", [1.0, 20.0, 3.0], base=[10.0, 100.0, 10.0], target=Target(0.1)),
    ]
    lines = list(table(rows, "7b.gguf"))
    assert lines[2] == "| theirs | 10.00 s | 10.00 – 100 |  |  |  |  |"
    assert lines[3] == (
        "| ours | 3.00 s | 1.00 – 20.0 | 0.200 | 0.100 – 0.300 | ratio ≤ 0.100 | **no** |"
    )
    assert len({line.count("|") for line in lines}) == 1


def test_one_value_has_no_spread() -> None:
    assert spread([1.0]) == "" and spread([]) == ""
    assert [number(value) for value in (0.0123, 0.5, 5, 52.34, 1234.5)] == [
        "0.0123", "0.500", "5.00", "52.3", "1,234",
    ]  # fmt: skip


def test_a_bar_has_the_ratio_beside_it() -> None:
    drawn = bar(Row("ours", [-1.0, 3.0], base=[4.0, 4.0], colour=2))
    assert (drawn.value, drawn.low, drawn.high, drawn.colour) == (1.0, 0.0, 3.0, 2)
    assert drawn.note == "0.250 ×"
