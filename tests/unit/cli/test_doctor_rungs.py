"""What a survey's results mean together."""

from llamachat.cli.doctor.rungs import judge_rungs
from llamachat.engine.survey import RungResult
from tests.unit.cli.doctor_report import survey


def test_everything_fast_is_the_fast_rung() -> None:
    rungs = judge_rungs(survey(f16="ok", q4_0="ok"), {})
    assert (rungs.in_use, rungs.lowered, rungs.failed) == ("fast", {}, {})
    assert "all 2 tensor types" in rungs.reason


def test_type_that_crashed_on_the_fast_rung_is_lowered() -> None:
    rungs = judge_rungs(survey(f16="ok", q4_0="crashed", q4_K="wrong"), {})
    assert rungs.in_use == "fast"
    assert rungs.lowered == {"q4_0": "crashed (SIGSEGV)", "q4_K": "wrong (SIGSEGV)"}
    assert "1 of 3 tensor types" in rungs.reason
    assert rungs.survived("fast") == {"f16"}
    assert rungs.survived("plain") == {"f16", "q4_0", "q4_K"}


def test_nothing_fast_is_the_plain_rung() -> None:
    assert judge_rungs(survey(f16="crashed", q4_0="crashed"), {}).in_use == "plain"


def test_type_given_up_in_use_is_lowered() -> None:
    rungs = judge_rungs(survey(f16="ok", q4_0="ok"), {"q4_0": "SIGILL"})
    assert rungs.lowered == {"q4_0": "died in use: SIGILL"}


def test_type_that_fails_on_the_plain_rung_fails() -> None:
    broken = (
        RungResult("plain", "q6_K", "crashed", "SIGILL"),
        RungResult("fast", "q6_K", "crashed", "not tried"),
    )
    assert judge_rungs(broken, {}).in_use == "none"
    rungs = judge_rungs(survey(f16="ok") + broken, {"q6_K": "earlier"})
    assert (rungs.in_use, rungs.lowered) == ("fast", {})
    assert rungs.failed == {"q6_K": "crashed (SIGILL)"}
