"""The front doors of commands with actions: what a first word means, and the help."""

from importlib import import_module

import pytest

from llamachat.cli.actions import Actions
from llamachat.errors import UsageError

Captured = pytest.CaptureFixture[str]
FRONT_DOORS = ("chats", "models", "prompts", "config", "cache")


def front_door(command: str) -> Actions:
    door = import_module(f"llamachat.cli.{command}").run.__self__
    assert isinstance(door, Actions)
    return door


@pytest.mark.parametrize("command", FRONT_DOORS)
def test_help_names_every_action_and_fits_80_columns(command: str, capsys: Captured) -> None:
    door = front_door(command)
    for flag in ("-h", "--help"):
        with pytest.raises(SystemExit, match=r"^0$"):
            door.run([flag])
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"usage: llamachat {command} [ACTION] [-h] …"
        for name, action in door.modules.items():
            assert f"  {name:<{door.column}} {action.summary}" in lines
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", FRONT_DOORS)
def test_word_that_is_no_action_is_refused_with_those_there_are(command: str) -> None:
    with pytest.raises(UsageError, match="'lits'") as refused:
        front_door(command).run(["lits"])
    assert f"llamachat {command} --help" in refused.value.hint


def test_slip_in_an_action_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"; the nearest is search\. Run") as refused:
        front_door("chats").run(["serach"])
    assert refused.value.message.startswith("'serach' is not an action of `llamachat chats`")


@pytest.mark.parametrize("command", FRONT_DOORS)
def test_action_that_runs_unnamed_is_one_of_them(command: str) -> None:
    door = front_door(command)
    assert door.default in door.modules


def test_flags_of_the_unnamed_action_are_those_it_may_have(capsys: Captured) -> None:
    for command in ("chats", "prompts", "config"):
        assert front_door(command).run(["--json"]) == 0
        assert capsys.readouterr().out.startswith("[" if command != "config" else "{")
    for command, flag in (("prompts", "--rendered"), ("config", "--none"), ("chats", "--none")):
        with pytest.raises(UsageError):
            front_door(command).run([flag])
