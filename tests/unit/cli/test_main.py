"""The front door: words choose a command, everything else is flags."""

import sys

import pytest

from llamachat import __version__
from llamachat.cli.commands import COMMANDS
from llamachat.cli.main import main

Captured = pytest.CaptureFixture[str]


def test_version_is_told(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr() == (f"llamachat {__version__}\n", "")


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["--usage"], ["help"]])
def test_help_names_commands_and_exit_codes(argv: list[str], capsys: Captured) -> None:
    assert main(argv) == 0
    text = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in text
    assert "\n  141 " in text


def test_every_command_can_be_asked_for_help(capsys: Captured) -> None:
    for name in COMMANDS:
        with pytest.raises(SystemExit, match=r"^0$"):
            main([name, "--help"])
        assert f"llamachat {name}" in capsys.readouterr().out


def test_llama_cpps_name_for_the_completion_script_works(capsys: Captured) -> None:
    assert main(["--completion-bash"]) == 0
    assert "complete -F _llamachat llamachat" in capsys.readouterr().out


def test_word_that_is_no_command_is_refused(capsys: Captured) -> None:
    assert main(["chat"]) == 2
    assert "neither a flag nor a command" in capsys.readouterr().err


def test_command_line_of_the_process_is_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys, "argv", ["llamachat", "--nonsense"])
    assert main() == 2
    assert "--nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("debug", [True, False])
def test_traceback_is_shown_only_for_developers(
    debug: bool, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("llamachat.cli.flags.parse.parse", broken)
    monkeypatch.setenv("LLAMACHAT_DEBUG", "1" if debug else "")
    assert main(["-p", "x"]) == 1
    told = capsys.readouterr().err
    assert "Unexpected RuntimeError: a fault of ours." in told
    assert ("Traceback" in told) is debug
