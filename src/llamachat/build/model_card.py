"""Reads what a model card says in its front matter, the YAML at the start of a README.md.

A card that cannot be read says nothing: it describes a model, and none depends on it. Does not
know what its fields mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llamachat.build.mapped_file import unreadable

MAX_CARD = 64 << 10
"""bytes of front matter; parsing as many takes about 0.1 s"""
_FENCE = "---"


def read_card(path: Path) -> Mapping[str, Any]:
    """The fields of the card at `path`; none where there is no card, or no front matter.

    Raises:
        ModelError: the file cannot be read.
    """
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CARD).decode("utf-8", "replace")
    except OSError as error:
        raise unreadable(path, error) from error
    lines = text.splitlines()
    if not lines or lines[0] != _FENCE or _FENCE not in lines[1:]:
        return {}
    front = lines[1 : lines.index(_FENCE, 1)]
    return _parsed("\n".join(front) + "\n")


def _parsed(front: str) -> Mapping[str, Any]:
    import yaml  # type: ignore[import-untyped]

    front = front.replace("- no\n", '- "no"\n')  # Norwegian, not false
    try:
        fields = yaml.safe_load(front.replace("\t", "  "))
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
