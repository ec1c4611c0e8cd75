"""Placeholders in prompt templates: `${name}` stands for a variable, `$${` for the characters `${`.

A lone `$` is only itself, so prices need no care. Knows nothing of files or dialogs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_PLACEHOLDER = re.compile(r"\$(\$?)\{([^{}\n]*)\}?")


def split(text: str) -> Iterator[tuple[str, str]]:
    """(literal text, name of the variable after it); the name is empty at the end.

    Raises:
        ValueError: a placeholder is not closed, or its name is none.
    """
    literal, position = "", 0
    for found in _PLACEHOLDER.finditer(text):
        literal += text[position : found.start()]
        position = found.end()
        if found[1]:
            literal += found[0][1:]
        elif not found[0].endswith("}") or not NAME.fullmatch(found[2]):
            raise ValueError(found[0])
        else:
            yield literal, found[2]
            literal = ""
    yield literal + text[position:], ""


def names_in(text: str) -> list[str]:
    """The variables of a text, in order."""
    return [name for _, name in split(text) if name]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in place; values are not searched for placeholders."""
    return "".join(literal + (values[name] if name else "") for literal, name in split(text))
