"""What a schema counts, and the patterns that its converter would never leave."""

from __future__ import annotations

import time

import pytest

from llamachat.engine.json_schema import bounds_of, counts_of, parts_of, refuse_loose_brackets


def test_every_part_is_told_with_its_depth_and_the_length_of_its_path() -> None:
    found = {part.name: part for part in parts_of({"properties": {"age": [{"type": "null"}]}})}
    assert found["type"].value == "null"
    assert found["type"].depth == 4
    assert found["type"].path == len("properties" + "age" + "type")


@pytest.mark.parametrize(
    ("pattern", "counts"),
    [
        ("^a{3}$", [3]),
        ("^(a{2,5}){ 7 }$", [2, 5, 7]),
        ("^a{1_000_000}$", [1_000_000]),
        ("^a{+1000}$", [1000]),
        ("^a{1000", [1000]),
        (r"^\{5\}[{6}]$", []),
        ("^a+$", []),
    ],
)
def test_the_counts_of_a_pattern_are_those_that_its_converter_reads(
    pattern: str, counts: list[int]
) -> None:
    assert counts_of(pattern) == counts


@pytest.mark.parametrize("pattern", ["^]$", "^}$", "^a{2}}$", "^[a]]$", "^[]}a]$", r"^\\]$"])
def test_a_bracket_that_closes_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="closes nothing"):
        refuse_loose_brackets({"anyOf": [{"type": "string", "pattern": pattern}]})


@pytest.mark.parametrize("pattern", [r"^\]\}$", r"^[\]}]$", "^a{2}$", "^(ab)+$"])
def test_brackets_that_close_something_or_stand_for_themselves_are_not(pattern: str) -> None:
    refuse_loose_brackets({"pattern": pattern, "properties": {"pattern": {"type": "null"}}})


@pytest.mark.parametrize("bad", ["{" + " " * 998, "[" * 999, "{" * 999, "\\" * 999])
def test_no_pattern_takes_long_to_look_at(bad: str) -> None:
    began = time.perf_counter()
    for _ in range(20):
        counts_of(bad)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("schema", "bounds"),
    [
        ({}, (None, None)),
        ({"minimum": 0, "maximum": 99}, (0, 99)),
        ({"minimum": 0.5, "maximum": 2.5}, (1, 2)),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 10}, (1, 9)),
        ({"exclusiveMinimum": 0.5, "exclusiveMaximum": 2.5}, (1, 2)),
        ({"minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": True}, (1, 8)),
        ({"minimum": 0, "exclusiveMinimum": False}, (0, None)),
        ({"minimum": 5, "exclusiveMinimum": 2}, (5, None)),
        ({"maximum": 10**400}, (None, 10**400)),
    ],
)
def test_bounds_are_those_of_whole_numbers(
    schema: dict[str, object], bounds: tuple[int | None, int | None]
) -> None:
    assert bounds_of(schema) == bounds


@pytest.mark.parametrize("bound", ["3", float("inf"), [], {}])
def test_a_bound_that_is_no_number_is_refused(bound: object) -> None:
    with pytest.raises(ValueError, match="no number"):
        bounds_of({"exclusiveMaximum": bound})
