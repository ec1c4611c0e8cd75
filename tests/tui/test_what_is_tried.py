"""Every key explains itself, keys and commands are tried, most tests of the app have a real model.

The sources of the tests are read, so that it holds whichever of them are run.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import llamachat.tui
from llamachat.tui.commands.table import COMMANDS

Test = ast.FunctionDef | ast.AsyncFunctionDef

HERE = Path(__file__).parent
FAKES = ("ScriptedEngine(", "snap_compare")
MOST_PICTURES = 15
"""what is asserted in words tells more of what is wrong"""
REAL_ONLY = ("test_chat_errors.py", "test_chat_resume.py", "test_chat_stop.py")
"""errors, stopping and resuming are believed of a real model in a real child only"""


def functions_of(path: Path) -> Iterator[Test]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Test) and node.name.startswith("test_"):
            yield node


def tried() -> set[str]:
    """The ids in all marks `keys`."""
    return {
        argument.value
        for path in HERE.glob("test_*.py")
        for test in functions_of(path)
        for mark in test.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.keys"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


@pytest.fixture(scope="module")
def bindings() -> list[Binding]:
    """All of ours, wherever in the app."""
    for module in pkgutil.walk_packages(llamachat.tui.__path__, "llamachat.tui."):
        importlib.import_module(module.name)
    return [
        binding
        for kind in dict.fromkeys(kinds(DOMNode))
        if kind.__module__.startswith("llamachat.")
        for binding in kind.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]


def kinds(of: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_key_has_a_name_of_its_own_a_description_and_a_tooltip(
    bindings: list[Binding],
) -> None:
    assert len(bindings) > 100
    assert [b for b in bindings if not (b.id and b.description and b.tooltip)] == []
    names = Counter(binding.id for binding in bindings)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_key_of_a_footer_and_of_the_chat_is_tried(bindings: list[Binding]) -> None:
    known = {str(binding.id) for binding in bindings}
    wanted = {
        str(binding.id)
        for binding in bindings
        if binding.show or str(binding.id).startswith("chat.")
    }
    assert wanted - tried() == set()
    assert tried() - known == set()


def commands_tried() -> set[str]:
    """The first words of all texts in tests that drive the whole app."""
    return {
        node.value.partition(" ")[0]
        for path in HERE.glob("test_*.py")
        for test in functions_of(path)
        if "running(" in ast.unparse(test)
        for node in ast.walk(test)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_command_and_every_alias_is_tried_in_the_whole_app() -> None:
    names = {name for command in COMMANDS.commands for name in (command.name, *command.aliases)}
    assert names - commands_tried() == set()


def test_pictures_are_few() -> None:
    taken = [
        test.name
        for path in HERE.rglob("test_*.py")
        for test in functions_of(path)
        if any(argument.arg == "snap_compare" for argument in test.args.args)
    ]
    assert 0 < len(taken) <= MOST_PICTURES


def pilots() -> Iterator[tuple[str, str, bool]]:
    """Every test that drives the whole app (those of one widget in a host of its own are not
    counted): its file, its name, and whether the model is a real one in a real child."""
    for path in sorted(HERE.glob("test_*.py")):
        for test in functions_of(path):
            source = ast.unparse(test)
            if "running(" in source or "snap_compare" in source:
                yield path.name, test.name, not any(fake in source for fake in FAKES)


def test_most_tests_of_the_app_and_all_of_errors_stop_and_resume_have_a_real_model() -> None:
    found = list(pilots())
    real = [name for _, name, is_real in found if is_real]
    assert len(found) > 60
    assert len(real) >= len(found) / 2
    assert [name for file, name, is_real in found if file in REAL_ONLY and not is_real] == []
