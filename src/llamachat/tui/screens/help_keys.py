"""The keys that hold now, read from the bindings themselves and grouped by where they hold.

A key that a person has remapped shows as it is. Knows nothing of particular keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One action and the keys that do it."""

    keys: str
    """as they are written on a keyboard"""
    description: str
    tooltip: str
    id: str
    """by which other keys can be given to it"""


@dataclass(frozen=True, slots=True)
class KeyGroup:
    title: str
    rows: tuple[KeyRow, ...]


def bindings_of(screen: Screen[Any]) -> list[ActiveBinding]:
    """Every binding of a screen: its own, those of its widgets, then the app's. Textual itself
    lists only those of the widget that has the focus, and of what is around it."""
    found: dict[tuple[type, str, str], ActiveBinding] = {}
    app = screen.app
    for node in (screen, *screen.query("*"), app):
        bindings = node._bindings.copy()
        bindings.apply_keymap(app._keymap)
        for key, binding in bindings:
            if binding.description and not binding.system and (binding.id or binding.show):
                active = ActiveBinding(node, binding, True, binding.tooltip)
                found.setdefault((type(node), key, binding.action), active)
    return list(found.values())


def group_keys(app: App[Any], bindings: Iterable[ActiveBinding]) -> list[KeyGroup]:
    """One group for each kind of node; keys with the same action share a row."""
    groups: dict[str, dict[str, tuple[list[str], str, str, str]]] = {}
    for active in bindings:
        binding = active.binding
        rows = groups.setdefault(_place(active.node), {})
        tooltip = binding.tooltip or active.tooltip
        keys, *_ = rows.setdefault(
            binding.action, ([], binding.description, tooltip, binding.id or "")
        )
        keys.append(app.get_key_display(binding))
    return [KeyGroup(title, tuple(_rows(rows.values()))) for title, rows in groups.items()]


def _rows(rows: Iterable[tuple[list[str], str, str, str]]) -> Iterator[KeyRow]:
    for keys, description, tooltip, id in rows:
        yield KeyRow("  ".join(dict.fromkeys(keys)), description, tooltip, id)


def _place(node: DOMNode) -> str:
    """Where a binding holds: the title its node gives, else the words of its class's name."""
    if node.BINDING_GROUP_TITLE:
        return node.BINDING_GROUP_TITLE
    if isinstance(node, App):
        return "Everywhere"
    words = re.findall("[A-Z][a-z0-9]*", type(node).__name__)
    return " ".join(words).capitalize()
