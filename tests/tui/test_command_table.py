"""Which typed line is a command, and which is a message that begins with a slash."""

from pathlib import Path

import pytest

from llamachat.tui.commands.table import COMMANDS


@pytest.mark.parametrize(
    ("typed", "name", "argument"),
    [
        ("/help", "/help", ""),
        (" /new ", "/new", ""),
        ("/bye", "/quit", ""),
        ("/set temp 0.5", "/set", "temp 0.5"),
        ("/read  my notes.txt", "/read", "my notes.txt"),
    ],
)
def test_a_command_is_found_with_its_argument(typed: str, name: str, argument: str) -> None:
    found = COMMANDS.find(typed)
    assert found is not None
    assert (found[0].name, found[1]) == (name, argument)


@pytest.mark.parametrize(
    "typed",
    ["/etc/hosts", "/usr/bin is a folder", "/new ideas are welcome", "hello", "/", "/newer"],
)
def test_other_words_are_a_message(typed: str) -> None:
    assert COMMANDS.find(typed) is None


@pytest.mark.parametrize(
    ("typed", "begins"),
    [("/", True), ("/re", True), ("/read notes", True), ("/set temp 1", True), ("/etc", False),
     ("/new ideas", False), ("", False), ("hello", False), ("/read\nthis", False)],
)  # fmt: skip
def test_a_line_that_becomes_a_command_is_told_from_a_message(typed: str, begins: bool) -> None:
    assert COMMANDS.begins(typed) == begins


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("/halp", "/help"), ("/regn", "/regen"), ("/templat coder", "/template"),
     ("/help me", "/help"), ("/new ideas", "/new")],
)  # fmt: skip
def test_a_slip_is_asked_about(typed: str, meant: str) -> None:
    assert COMMANDS.slip(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["/etc/hosts", "/tmp", "/home/anna/notes", "helo", " /regn", "/etc/passwd holds what?",
     "/usr is a folder", "/tmp is full", "/regn of what", "/help me,\nBob"],
)  # fmt: skip
def test_a_path_is_no_slip(typed: str) -> None:
    assert COMMANDS.slip(typed) == ""


def test_names_are_completed_with_what_they_do() -> None:
    found = {c.text: c.summary for c in COMMANDS.completions("/re")}
    assert set(found) == {"/regen", "/rename ", "/read "}
    assert all(found.values())


def test_arguments_are_completed_too() -> None:
    assert [c.text for c in COMMANDS.completions("/set top_")] == [
        "/set top_k ", "/set top_p ", "/set top_n_sigma ",
    ]  # fmt: skip
    assert "/template bob" in [c.text for c in COMMANDS.completions("/template b")]
    assert COMMANDS.completions("/export notes.md") == []


def test_every_command_says_what_it_does_and_names_are_unique() -> None:
    names = [n for c in COMMANDS.commands for n in (c.name, *c.aliases)]
    assert len(set(names)) == len(names)
    assert all(c.summary and c.name.startswith("/") for c in COMMANDS.commands)


def test_the_readme_lists_every_command() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    text = " ".join(readme.split())
    listed = text.partition("Slash commands complete as you type: `")[2].partition("`")[0]
    assert listed.split() == [command.name for command in COMMANDS.commands]
