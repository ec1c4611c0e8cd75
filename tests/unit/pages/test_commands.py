"""Commands, flags, variables and modules that the pages name are there."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from llamachat.cli.commands import COMMANDS
from llamachat.cli.flags.server import SERVE_FLAGS
from llamachat.cli.flags.table import BY_NAME
from tests.unit.pages.pages import PAGES, ROOT, Page

CHECKED_FLAGS = ("README.md", "CHANGELOG.md", "docs/models.md", "docs/prompts.md")
OURS = [path for room in ("src", "scripts") for path in ROOT.glob(f"{room}/**/*.py")]


def names(page: Page) -> str:
    return page.name


def options(module: str) -> set[str]:
    """The flags of a command or of one of its actions."""
    made = import_module(f"llamachat.cli.{module}").parser()
    return {name for action in made._actions for name in action.option_strings}


def known(words: list[str]) -> set[str]:
    """The flags that may stand in a command line; asserts that its command is there."""
    if not words or words[0].startswith("-"):
        return set(BY_NAME)
    command, rest = words[0], words[1:]
    assert command in COMMANDS, words
    actions = getattr(import_module(f"llamachat.cli.{COMMANDS[command].module}"), "ACTIONS", {})
    if not actions or not rest or rest[0].startswith("-"):
        return options(COMMANDS[command].module) | {"--json"}
    named = rest[0].split("|")
    assert [name for name in named if name not in actions] == [], words
    return set().union(*(options(actions[name].module) for name in named))


def is_flag(word: str) -> bool:
    return re.fullmatch(r"--?[a-zA-Z][\w-]*(=.*)?", word) is not None


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_command_line_has_commands_and_flags_that_exist(page: Page) -> None:
    for words in page.calls:
        flags = {word.partition("=")[0] for word in words if is_flag(word)}
        assert flags - known(words) == set(), words


def test_command_lines_are_found() -> None:
    calls = [words for page in PAGES for words in page.calls]
    assert len(calls) > 60
    assert ["models", "pull", "llama-2-7b-chat"] in calls
    assert ["--temp", "0"] in calls
    assert {words[0] for words in calls if words} >= {*COMMANDS} - {"completion"}


def test_every_flag_in_the_text_is_one_of_ours() -> None:
    ours = {*BY_NAME, *SERVE_FLAGS}
    for command in COMMANDS.values():
        actions = getattr(import_module(f"llamachat.cli.{command.module}"), "ACTIONS", {})
        for module in (command.module, *(action.module for action in actions.values())):
            ours |= options(module)
    for page in PAGES:
        if page.name in CHECKED_FLAGS:
            spoken = {span.split()[0].partition("=")[0] for span in page.spans}
            assert {word for word in spoken if word.startswith("--")} - ours == set(), page.name


def test_every_variable_is_read_somewhere() -> None:
    told = {name for page in PAGES for name in re.findall(r"\bLLAMACHAT_[A-Z_]+", page.text)}
    code = "\n".join(path.read_text(encoding="utf-8") for path in OURS)
    assert len(told) > 4
    assert {name for name in told if name not in code} == set()


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_script_and_file_that_is_named_exists(page: Page) -> None:
    modules = re.findall(r"\b(scripts(?:\.\w+)+)", page.text)
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module
    for span in page.spans:
        if re.fullmatch(r"(?:src|tests|scripts|docs|prompts)/[\w./-]+", span):
            assert (ROOT / span).exists(), span
