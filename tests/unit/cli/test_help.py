"""What `--help` prints: of every command and action, in a terminal of 80 columns."""

from __future__ import annotations

import argparse
import io
import sys
from importlib import import_module

import pytest

from llamachat.cli.arguments import Parser
from llamachat.cli.commands import COMMANDS
from llamachat.cli.flags.foreign import SPOKEN
from llamachat.cli.flags.help import help_text
from llamachat.cli.flags.parse import parse
from llamachat.errors import UsageError

PARSERS: dict[str, argparse.ArgumentParser] = {}
for command in COMMANDS.values():
    module = import_module(f"llamachat.cli.{command.module}")
    actions = [
        import_module(f"llamachat.cli.{action.module}")
        for action in getattr(module, "ACTIONS", {}).values()
    ]
    PARSERS |= {made.prog: made for made in (one.parser() for one in (module, *actions))}


def test_every_command_and_action_is_looked_at() -> None:
    assert len(PARSERS) > 30
    assert {name.split()[1] for name in PARSERS} == set(COMMANDS)


@pytest.mark.parametrize("name", PARSERS)
def test_it_fits_80_columns_and_says_what_each_word_is(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = PARSERS[name].format_help()
    assert max(map(len, text.splitlines())) <= 80
    assert all(action.help for action in PARSERS[name]._actions)
    description = PARSERS[name].description
    assert description is not None
    assert description.split("\n\n")[0].rstrip().endswith((".", ":"))


@pytest.mark.parametrize("name", PARSERS)
def test_all_share_layout_and_errors(name: str) -> None:
    assert isinstance(PARSERS[name], Parser)


def test_a_flag_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        UsageError, match=r"^There is no flag --rebuld here; the nearest is --rebuild\."
    ):
        PARSERS["llamachat doctor"].parse_args(["--rebuld"])
    with pytest.raises(
        UsageError, match=r"^'now' is one word too many\. Run `llamachat doctor --help`"
    ):
        PARSERS["llamachat doctor"].parse_args(["now"])


def test_a_line_that_is_too_long_is_wrapped_and_keeps_its_margin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    made = Parser("llamachat", description=f"actions:\n  {'word ' * 20}\n\nEnd.")
    lines = made.format_help().splitlines()
    assert max(map(len, lines)) <= 40
    first = lines.index("actions:") + 1
    assert [line[:4] for line in lines[first : first + 3]] == ["  wo"] * 3
    assert "End." in lines


def test_it_is_printed_where_only_ascii_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    PARSERS["llamachat chats"].print_help()
    sys.stdout.flush()
    assert shown.getvalue().startswith(b"usage: llamachat chats [ACTION] [-h] ...\n")


def test_the_help_of_the_chat_fits_80_columns() -> None:
    text = help_text({name: command.summary for name, command in COMMANDS.items()})
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("line", sorted(set(SPOKEN.values())))
def test_what_a_word_of_another_program_leads_to_is_there(line: str) -> None:
    words = line.split()[1:]
    if not words or words[0].startswith("-"):
        parse(words, {})
    else:
        assert f"llamachat {' '.join(words)}" in PARSERS
