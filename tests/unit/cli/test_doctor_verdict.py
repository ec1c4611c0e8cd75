"""One sentence and one exit code for every state that an engine can be in."""

from dataclasses import replace

import pytest

from llamachat.cli.doctor.library import Library
from llamachat.cli.doctor.rungs import NOT_TRIED, Rungs, judge_rungs
from llamachat.cli.doctor.verdict import judge
from llamachat.engine.survey import RungResult
from llamachat.errors import ExitCode
from tests.unit.cli.doctor_report import GIB, a_report, survey

DEAD = tuple(RungResult(rung, "f16", "crashed", "SIGILL") for rung in ("plain", "fast"))
WRONG = tuple(RungResult(rung, "f16", "wrong", "nan") for rung in ("plain", "fast"))


def test_good_machine_is_well() -> None:
    verdict = judge(a_report())
    assert (verdict.exit_code, verdict.advice) == (ExitCode.OK, ())
    assert "full speed" in verdict.text


def test_advice_alone_is_no_failure() -> None:
    report = a_report()
    verdict = judge(a_report(memory=replace(report.memory, swap_total=0, available=5 * GIB)))
    assert verdict.exit_code is ExitCode.OK
    assert "2 things could be better" in verdict.text


@pytest.mark.parametrize(
    ("library", "code", "words"),
    [
        (Library("missing", "It is not installed."), ExitCode.ENGINE, "not installed"),
        (Library("broken", "It cannot be loaded."), ExitCode.ENGINE, "cannot be loaded"),
        (Library("died", "It dies.", "SIGBUS"), ExitCode.ENGINE, "It dies"),
        (Library("died", "It dies.", "SIGILL"), ExitCode.CPU, "illegal instruction"),
    ],
)
def test_engine_that_cannot_be_loaded_fails(library: Library, code: ExitCode, words: str) -> None:
    verdict = judge(a_report(library=library, rungs=NOT_TRIED))
    assert verdict.exit_code is code
    assert words in verdict.text
    assert verdict.advice[0].command == "llamachat doctor --rebuild"


@pytest.mark.parametrize(
    ("rungs", "code"),
    [
        (judge_rungs(survey(q4_0="crashed"), {}), ExitCode.OK),
        (judge_rungs(DEAD, {}), ExitCode.CPU),
        (judge_rungs(WRONG, {}), ExitCode.ENGINE),
        (Rungs("none", "The engine cannot be examined."), ExitCode.ENGINE),
    ],
)
def test_engine_that_runs_on_no_rung_fails(rungs: Rungs, code: ExitCode) -> None:
    assert judge(a_report(rungs=rungs)).exit_code is code
