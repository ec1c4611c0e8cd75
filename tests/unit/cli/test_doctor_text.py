"""The report as people read it."""

from dataclasses import replace

import pytest

from llamachat.cli.doctor.report import Report
from llamachat.cli.doctor.rungs import judge_rungs
from llamachat.cli.doctor.text import as_text
from llamachat.cli.doctor.verdict import judge
from llamachat.hardware.cores import Cores
from llamachat.hardware.memory import MemoryState
from tests.unit.cli.doctor_report import (
    GIB,
    GOOD_CPU,
    GOOD_LIBRARY,
    GOOD_TERMINAL,
    a_report,
    build_record,
    survey,
)

BAD = a_report(
    cores=Cores(20, 12, 8, affinity=20, reachable=8, quota=2.5),
    memory=MemoryState(8 * GIB, 5 * GIB, 0, 0),
    rungs=judge_rungs(survey(f16="ok", q4_0="crashed", q4_K="crashed"), {}),
    gpus=("NVIDIA H100",),
)


def text_of(report: Report) -> str:
    return as_text(report, judge(report))


@pytest.mark.parametrize("report", [a_report(), BAD], ids=["good", "bad"])
def test_report_fits_80_columns_of_ascii(report: Report) -> None:
    text = text_of(report)
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()
    assert "\x1b" not in text
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_report_ends_with_the_verdict_and_numbered_advice() -> None:
    text = text_of(BAD)
    assert "\n\nThe engine runs here; 5 things could be better.\n\n 1. q4_0, q4_K run" in text
    assert "\n      llamachat doctor --rebuild\n" in text


def test_reasons_are_told_once_for_all_their_types() -> None:
    assert "plain rung for    q4_0, q4_K: the fast one crashed (SIGSEGV)" in text_of(BAD)


def test_build_is_explained() -> None:
    text = text_of(a_report(build=build_record(GOOD_CPU)))
    assert "built by          llamachat with GCC 12.2.0 on 2026-11-01\n" in text
    assert "because           AMX: adding -fno-dse\n" in text
    assert "somebody else than llamachat" in text_of(a_report())


def test_long_command_is_broken_where_a_shell_takes_it_as_one() -> None:
    assert (
        "      sudo fallocate -l 8G /swapfile \\\n        && sudo chmod 600 /swapfile \\\n"
    ) in text_of(BAD)


def test_colour_is_for_terminals_that_want_it() -> None:
    wanted = replace(GOOD_TERMINAL, no_color=False)
    assert "\x1b[32myes" in text_of(a_report(terminal=wanted))
    assert "\x1b" not in text_of(a_report(terminal=replace(wanted, stdout=False)))


def test_colour_changes_nothing_but_colour() -> None:
    import re

    coloured = text_of(a_report(terminal=replace(GOOD_TERMINAL, no_color=False)))
    plain = text_of(a_report(terminal=replace(GOOD_TERMINAL, colours="none", no_color=False)))
    stripped = re.sub(r"\x1b\[\d+m", "", coloured)
    assert stripped.replace("256\n", "none\n") == plain


def test_narrow_terminal_wraps() -> None:
    narrow = a_report(terminal=replace(GOOD_TERMINAL, columns=50), library=GOOD_LIBRARY)
    long = [line for line in text_of(narrow).splitlines() if len(line) > 50]
    assert all("rung" in line or "proved" in line for line in long)  # the table keeps its columns


def test_foreign_text_cannot_steer_the_terminal() -> None:
    library = replace(GOOD_LIBRARY, folder="/tmp/\x1b]0;title\x07/lib")
    assert "\x1b" not in text_of(a_report(library=library))


def test_models_whose_fastest_settings_are_known_are_counted() -> None:
    assert "measured for" not in text_of(a_report())
    assert "2 models; what was found: llamachat tune --show" in text_of(a_report(measured=2))
