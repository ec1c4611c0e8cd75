"""How far a build is: one line on a terminal, a line for every tenth in a log."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from llamachat.build.progress import Progress
from llamachat.cli.build import progress_line
from llamachat.cli.build.progress_line import BuildLine, line_of

STEP = Progress("blk.12.ffn_up.weight", 42_000_000, 100_000_000, 2.0)


def test_a_line_has_figures_and_ends_with_what_may_be_cut() -> None:
    assert line_of(STEP) == (
        "Building [####------]  42% 42.0 MB of 100.0 MB, 21.0 MB/s, 3 s left, blk.12.ffn_up.weight"
    )
    assert line_of(replace(STEP, stage="checking", tensor="")).startswith("Checking [####")


def test_nothing_is_known_at_first() -> None:
    assert line_of(Progress("", 0, 0, 0.0)) == "Building [----------]   0% 0.0 KB of 0.0 KB"


def test_a_log_has_a_line_for_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    line = BuildLine(as_json=False, say=said.append)
    for done in range(0, 100_000_001, 1_000_000):
        line(replace(STEP, done=done))
    line(replace(STEP, stage="checking"))
    line.close()
    assert [text.split(",")[0] for text in said] == [f"{tenth} %" for tenth in range(10, 100, 10)]
    assert said[3] == "40 %, 40.0 MB of 100.0 MB, 20.0 MB/s, 3 s left"
    assert not capsys.readouterr().err


def test_a_quick_build_leaves_no_trace_in_a_log() -> None:
    said: list[str] = []
    line = BuildLine(as_json=False, say=said.append)
    for done in range(0, 100_000_001, 1_000_000):
        line(replace(STEP, done=done, seconds=0.2))
    assert said == []


def test_a_program_is_told_ten_times_a_second_how_far_each_file_is_verified(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(progress_line, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    line = BuildLine(as_json=True, say=print)
    for name in ("a.pth", "b.pth"):
        for done in range(10, 1001, 10):
            line.verifying(Path(name), done, 1000)
            clock[0] += 0.01  # a second for each file
    told = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert 18 <= len(told) <= 24
    for name in ("a.pth", "b.pth"):
        steps = [step for step in told if step["tensor"] == name]
        assert steps[-1]["done"] == 1000
        assert steps[-1]["rate"] == pytest.approx(1010, abs=5)
