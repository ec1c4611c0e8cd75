"""Every way to fail is a sentence and an exit code."""

from pathlib import Path

import pytest

from llamachat.cli.failure import MAX_CRASH_LOGS, run_guarded
from llamachat.errors import ModelError, OutOfMemory


def failing(error: BaseException) -> int:
    def body() -> int:
        raise error

    return run_guarded(body, debug=False)


def test_error_for_people_is_printed_with_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(ModelError("There is no model.", "Get one.")) == 3
    assert capsys.readouterr() == ("", "llamachat: There is no model.\nGet one.\n")


def test_escape_sequences_in_a_file_name_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    failing(OutOfMemory("\x1b[2J.gguf does not fit."))
    assert capsys.readouterr().err == "llamachat: ␛[2J.gguf does not fit.\n"


def test_interrupt_is_130() -> None:
    assert failing(KeyboardInterrupt()) == 130


def test_unexpected_error_names_its_log(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(ZeroDivisionError("division by zero")) == 1
    told = capsys.readouterr().err
    (log,) = (home / "state" / "logs").iterdir()
    assert told.splitlines() == [
        "llamachat: Unexpected ZeroDivisionError: division by zero.",
        f"The details are in {log}",
    ]
    assert "Traceback (most recent call last)" in log.read_text()


def test_traceback_is_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> int:
        raise ZeroDivisionError

    assert run_guarded(body, debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_crash_logs_do_not_pile_up(home: Path) -> None:
    logs = home / "state" / "logs"
    logs.mkdir(parents=True)
    for number in range(MAX_CRASH_LOGS + 5):
        (logs / f"crash-2000{number:02}.log").touch()
    failing(ValueError())
    left = sorted(path.name for path in logs.iterdir())
    assert len(left) == MAX_CRASH_LOGS
    assert "crash-200000.log" not in left


def test_unwritable_home_still_gives_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.touch()
    assert failing(ValueError("x")) == 1
    assert "could not be written" in capsys.readouterr().err
