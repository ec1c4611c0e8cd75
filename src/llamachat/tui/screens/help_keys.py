"""All keys, read from the bindings themselves and grouped by where they hold: first those that hold
now, then those of dialogs and other screens.

A key that a person has remapped shows as it is. Knows nothing of particular keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import ActiveBinding, BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen

from llamachat.tui.keymap import all_kinds


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


def groups_elsewhere(app: App[Any], shown: Iterable[ActiveBinding]) -> list[KeyGroup]:
    """One group for each kind of thing that is not on the screen now."""
    known = {active.binding.id for active in shown}
    groups = []
    for kind in all_kinds():
        bindings = BindingsMap(kind.__dict__.get("BINDINGS", ()))
        bindings.apply_keymap(app._keymap)
        rows: dict[str, tuple[list[str], str, str, str]] = {}
        for _, binding in bindings:
            name = binding.id
            if name and name not in known:
                keys, *_ = rows.setdefault(name, ([], binding.description, binding.tooltip, name))
                keys.append(app.get_key_display(binding))
        if rows:
            groups.append(KeyGroup(_title(kind), tuple(_rows(rows.values()))))
    return groups


def _rows(rows: Iterable[tuple[list[str], str, str, str]]) -> Iterator[KeyRow]:
    for keys, description, tooltip, id in rows:
        yield KeyRow("  ".join(dict.fromkeys(keys)), description, tooltip, id)


def _place(node: DOMNode) -> str:
    """Where a binding holds: the title its node gives, else the words of its class's name."""
    if node.BINDING_GROUP_TITLE:
        return node.BINDING_GROUP_TITLE
    if isinstance(node, App):
        return "Everywhere"
    return _words(type(node).__name__)


def _title(kind: type[DOMNode]) -> str:
    """The heading that a kind of dialog has, else the words of its name."""
    heading = str(kind.__dict__.get("heading") or "")
    return heading or _words(kind.__name__.removesuffix("Screen"))


def _words(name: str) -> str:
    return " ".join(re.findall("[A-Z][a-z0-9]*", name)).capitalize()
