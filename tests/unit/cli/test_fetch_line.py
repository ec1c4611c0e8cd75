"""A transfer in words: what matters fits the line, and a log stays short."""

from __future__ import annotations

import pytest

from llamachat.cli.cells import width
from llamachat.cli.fetch_line import FetchLine, line_of, time_left
from llamachat.models.fetch import Progress

NAME = "Meta-Llama-3.1-8B-Instruct-Q4_K_M-00001-of-00002.gguf"
FETCHING = Progress(NAME, 1_610_000_000, 3_830_000_000, 12_300_000, 180.5, "fetching")


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_all_figures_fit(columns: int) -> None:
    line = line_of(FETCHING, columns)
    assert width(line) < columns
    assert line.endswith("42% 1.61 GB of 3.83 GB, 12 MB/s, 3 min left")
    assert line.startswith("Meta-Llama-")


def test_what_is_unusual_fits_too() -> None:
    note = "the connection was lost; again in 16 s"
    line = line_of(Progress(NAME, 5, 10, 0.0, None, "retrying", note), 80)
    assert line == f"Meta-Llama-… 50% trying again: {note}"
    assert width(line) < 80


def test_a_log_has_a_line_for_each_tenth_and_each_trouble() -> None:
    said: list[str] = []
    show = FetchLine(None, said.append)
    for done in range(101):
        show(Progress("m", done * 10**6, 10**8, 1e6, 95.0 - done, "fetching"))
        if done == 55:
            for _ in range(3):
                show(Progress("m", done * 10**6, 10**8, 0.0, None, "retrying", "lost"))
    show(Progress("m", 10**8, 10**8, 0.0, None, "checking"))
    show(Progress("m", 10**8, 10**8, 0.0, None, "done"))
    assert len(said) == 11
    assert said[0] == "m: 10 %, 10 MB of 100 MB, 1.00 MB/s, 85 s left"
    assert said[5] == "m: trying again: lost"


def test_time_is_told_as_exactly_as_it_is_known() -> None:
    assert [time_left(s) for s in (5, 89, 90, 3600, 7200)] == [
        "5 s left", "89 s left", "2 min left", "60 min left", "2.0 h left",
    ]  # fmt: skip
