"""Can the engine run here? One sentence, one exit code, and what to do where it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.cli.doctor.advice import REBUILD, Advice, advise
from llamachat.cli.doctor.report import Report
from llamachat.errors import ExitCode


@dataclass(frozen=True, slots=True)
class Verdict:
    exit_code: ExitCode
    text: str
    advice: tuple[Advice, ...]
    """most urgent first"""


def judge(report: Report) -> Verdict:
    """A machine with room for improvement is well; only an engine that cannot run is not."""
    advice = advise(report)
    code, trouble = _trouble(report)
    if code is not ExitCode.OK:
        return Verdict(code, trouble, (Advice(_remedy(report), REBUILD), *advice))
    if not advice:
        return Verdict(code, "All is well: the engine runs at full speed here.", advice)
    things = "one thing" if len(advice) == 1 else f"{len(advice)} things"
    return Verdict(code, f"The engine runs here; {things} could be better.", advice)


def _trouble(report: Report) -> tuple[ExitCode, str]:
    library = report.library
    if library.signal == "SIGILL":
        return ExitCode.CPU, (
            "The engine cannot run on this processor: it dies of an illegal instruction (SIGILL) "
            "when it is loaded."
        )
    if library.state != "ok":
        return ExitCode.ENGINE, library.problem
    if report.rungs.in_use != "none":
        return ExitCode.OK, ""
    if any(result.outcome == "crashed" for result in report.rungs.results):
        return ExitCode.CPU, (
            "The engine cannot run on this processor: it dies in the first evaluation on every "
            "rung."
        )
    if not report.rungs.results:
        return ExitCode.ENGINE, report.rungs.reason
    return ExitCode.ENGINE, "The engine runs, but its results are wrong on every rung."


def _remedy(report: Report) -> str:
    if report.library.state == "missing":
        return "Build the engine for this machine; it takes some minutes."
    return "Build the engine anew for this machine; it takes some minutes."
