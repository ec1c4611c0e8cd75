"""`from llamachat import …`: what type checkers see is what programs get."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import llamachat

SOURCE = ast.parse(Path(llamachat.__file__).read_text(encoding="utf-8"))
TYPED = {
    alias.asname or alias.name: f"{node.module}"
    for block in SOURCE.body
    if isinstance(block, ast.If)
    for node in block.body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def test_every_name_is_typed_and_comes_from_the_same_module() -> None:
    homes = {name: f"llamachat.{home}" for name, home in llamachat._HOMES.items()}
    assert homes == TYPED
    for name in homes:
        assert getattr(llamachat, name) is getattr(import_module(homes[name]), name)
        assert name in dir(llamachat)


def test_a_name_that_is_none_is_refused_as_pythons_modules_do() -> None:
    with pytest.raises(AttributeError, match=r"^module 'llamachat' has no attribute 'chat_with'$"):
        _ = llamachat.chat_with
