"""Other keys for what there is: the ids that [keys] of the settings file may name, and the keys.

Knows where bindings stand, not what they do.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import unicodedata
from collections.abc import Iterator
from itertools import permutations

from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys

from llamachat.config.values import Config

_ROOMS = ("llamachat.tui.screens", "llamachat.tui.widgets")
_MODIFIERS = {"ctrl", "alt", "shift", "super", "hyper", "meta"}
_NAMES = {
    *(key.value.rpartition("+")[2] for key in Keys if key.value.isprintable()),
    *KEY_NAME_REPLACEMENTS.values(),
    *KEY_TO_UNICODE_NAME,
    *FUNCTIONAL_KEYS.values(),
}
"""keys that are called by more than one character"""


def refuse_unknown(config: Config) -> None:
    """Raises UsageError where keys are given to something that is not there, or are no keys."""
    for name, keys in config.keys.items():
        for key in keys.split(","):
            if not is_key(key):
                raise config.error(
                    f"keys.{name}", f"There is no key called {key!r}", _hint(_nearest_key(key))
                )
    if not config.keys or config.keys.keys() <= set(binding_ids()):
        return
    known = {name for kind in all_kinds() for name in _ids(kind)}
    for name in config.keys:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise config.error(
                f"keys.{name}",
                f"There is nothing called {name!r} that a key could do",
                f"{_hint(near[0]) if near else ''} The help of the chat (F1) names all.".lstrip(),
            )


def lost_keys(config: Config) -> Iterator[str]:
    """A sentence for each action of what has been imported that another one took a key from."""
    for kind in dict.fromkeys(_kinds(DOMNode)) if config.keys else ():
        bindings = [b for b in kind.__dict__.get("BINDINGS", ()) if isinstance(b, Binding)]
        keys = {b.id: config.keys.get(b.id or "", b.key).split(",") for b in bindings}
        for taker, loser in permutations(bindings, 2):
            if taker.id in config.keys:
                for key in set(keys[taker.id]).intersection(keys[loser.id]):
                    yield (
                        f"{key} is {taker.description} now, by your settings; "
                        f"{loser.description} ({loser.id}) has lost it."
                    )


def is_key(key: str) -> bool:
    """Whether Textual may report a key under this name."""
    *modifiers, base = [key] if len(key) == 1 else key.split("+")
    if not _MODIFIERS.issuperset(modifiers):
        return False
    return len(base) == 1 or base in _NAMES or _is_character(base)


def all_kinds() -> Iterator[type[DOMNode]]:
    """Everything of ours that may have keys; imports all of it: 0.1 s the first time."""
    importlib.import_module("llamachat.tui.chat_screen")
    for room in _ROOMS:
        for module in pkgutil.iter_modules(importlib.import_module(room).__path__, f"{room}."):
            importlib.import_module(module.name)
    for kind in dict.fromkeys(_kinds(DOMNode)):
        if kind.__module__.startswith("llamachat."):
            yield kind


def binding_ids() -> Iterator[str]:
    """The ids of everything that has been imported."""
    for kind in _kinds(DOMNode):
        yield from _ids(kind)


def _kinds(of: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _ids(kind: type[DOMNode]) -> Iterator[str]:
    for binding in kind.__dict__.get("BINDINGS", ()):
        if isinstance(binding, Binding) and binding.id:
            yield binding.id


def _is_character(name: str) -> bool:
    """Such as left_square_bracket: how Textual calls what has no shorter name."""
    try:
        return unicodedata.lookup(name.replace("_", " ")).isprintable()
    except KeyError:
        return False


def _nearest_key(key: str) -> str:
    small = key.lower().replace("control", "ctrl").replace("-", "+")
    if is_key(small):
        return small
    before, plus, base = small.rpartition("+")
    near = difflib.get_close_matches(base, sorted(_NAMES), n=1)
    return before + plus + near[0] if near and is_key(before + plus + near[0]) else ""


def _hint(near: str) -> str:
    return f"Did you mean {near}?" if near else ""
