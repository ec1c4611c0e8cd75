"""What Bob is taught about llamachat is so: his tables are held against the program itself."""

from __future__ import annotations

import re
from importlib import import_module

from textual.app import App

from llamachat.cli.commands import COMMANDS
from llamachat.cli.flags.table import BY_NAME
from llamachat.cli.plain.commands import ALIASES
from llamachat.cli.plain.commands import COMMANDS as PLAIN_COMMANDS
from llamachat.config.keys import KEYS, find_key
from llamachat.tui.bindings import CHAT_BINDINGS
from llamachat.tui.commands.table import COMMANDS as SLASH_COMMANDS
from llamachat.tui.widgets.composer_keys import COMPOSING, EDITING
from llamachat.tui.widgets.transcript_keys import TRANSCRIPT_BINDINGS
from scripts.bob.facts import Facts

SPOKEN = {"esc": "escape", "return": "enter"}
NO_KEYS = {"themouse", "keybindings", "thekeymap", "jandk"}
OTHER_VARIABLES = {f"LLAMACHAT_{name}" for name in ("HOME", "CMAKE_ARGS", "CATALOG", "API_KEY")}


def named(table: Facts, kind: str) -> set[str]:
    return {name for fact in table.named if fact.kind == kind for name in fact.names}


def test_his_flags_are_the_flags_of_the_program_and_none_is_left_out(table: Facts) -> None:
    known = named(table, "flag")
    assert known - BY_NAME.keys() == set()
    left_out = {f.name for f in BY_NAME.values() if not f.hidden and not known & set(f.all_names)}
    assert left_out == set()


def test_the_defaults_of_his_flags_are_those_of_the_help(table: Facts) -> None:
    checked = 0
    for fact in (fact for fact in table.named if fact.kind == "flag"):
        ours = re.match(r"-?[\d.]*\d", fact.default)
        said = re.search(r"default: (-?[\d.]*\d)", BY_NAME[fact.names[0]].help)
        if ours and said:
            assert float(ours.group()) == float(said.group(1)), fact.names
            checked += 1
    assert checked > 20


def test_his_slash_commands_are_those_of_the_two_dialogs(table: Facts) -> None:
    screen = {name for c in SLASH_COMMANDS.commands for name in (c.name, *c.aliases)}
    known = named(table, "command")
    assert known - screen - PLAIN_COMMANDS.keys() - ALIASES.keys() == set()
    assert {c.name for c in SLASH_COMMANDS.commands} - known == set()


def test_his_keys_are_bound_and_no_function_key_is_left_out(table: Facts) -> None:
    bindings = [*CHAT_BINDINGS, *COMPOSING, *EDITING, *TRANSCRIPT_BINDINGS]
    bound = {key for binding in bindings for key in binding.key.split(",")}
    keys = {_key(name) for name in named(table, "key")} - NO_KEYS
    assert keys - bound - {App.COMMAND_PALETTE_BINDING} == set()
    assert {key for key in bound if re.fullmatch(r"f\d", key)} - keys == set()


def test_his_subcommands_exist_and_none_is_left_out(table: Facts) -> None:
    known = {tuple(name.split()[1:3]) for name in named(table, "shell") if _is_subcommand(name)}
    exist = {(name, action) for name in COMMANDS for action in _actions(name)}
    assert {pair for pair in exist if pair not in known} == set()
    for command, *rest in known:
        assert command in COMMANDS
        assert all(word.startswith("-") or word in _actions(command) for word in rest)


def test_the_settings_and_variables_that_he_names_exist(table: Facts) -> None:
    answers = [a for fact in table.named for ask in fact.asked for a in ask.answers]
    text = " ".join([*answers, *(f"{fact.about} {fact.how}" for fact in table.named)])
    said = set(re.findall(r"config (?:un)?set ([a-z][a-z_]*(?:\.[a-z_]+)?)", text))
    assert len(said) > 6
    assert {find_key(key)[0] for key in said} == said
    variables = {key.variable for key in KEYS.values()} | OTHER_VARIABLES
    assert set(re.findall(r"LLAMACHAT_[A-Z_]+", text)) - variables == set()


def test_what_he_says_is_missing_is_missing(table: Facts) -> None:
    """Where this fails something was made: its entry belongs into another table then."""
    names = named(table, "missing")
    assert {name for name in names if name in BY_NAME} == set()
    words = {name.split()[1] for name in names if name.startswith("llamachat ")}
    assert words & COMMANDS.keys() == set()


def _key(name: str) -> str:
    """As Textual names it: "Ctrl+J" → "ctrl+j", "the up arrow" → "up", "Page Up" → "pageup"."""
    plain = re.sub(r"^the (\w+) (arrow|key)$", r"\1", name.lower(), flags=re.IGNORECASE)
    plain = plain.replace(" ", "")
    return SPOKEN.get(plain, plain)


def _is_subcommand(name: str) -> bool:
    return re.match(r"llamachat [a-z]", name) is not None


def _actions(command: str) -> tuple[str, ...]:
    if command not in COMMANDS:
        return ()
    module = import_module(f"llamachat.cli.{COMMANDS[command].module}")
    return tuple(getattr(module, "ACTIONS", ()))
