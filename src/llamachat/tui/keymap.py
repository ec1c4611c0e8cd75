"""Other keys for what there is: the ids that [keys] of the settings file may name.

Knows where bindings stand, not what they do.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator

from textual.binding import Binding
from textual.dom import DOMNode

from llamachat.config.values import Config

_ROOMS = ("llamachat.tui.screens", "llamachat.tui.widgets")


def refuse_unknown(config: Config) -> None:
    """Raises UsageError where keys are given to something that is not there."""
    if not config.keys or config.keys.keys() <= set(binding_ids()):
        return
    importlib.import_module("llamachat.tui.chat_screen")
    for room in _ROOMS:  # 0.1 s, where a key is not one of the chat's own
        for module in pkgutil.iter_modules(importlib.import_module(room).__path__, f"{room}."):
            importlib.import_module(module.name)
    known = set(binding_ids())
    for name in config.keys:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise config.error(
                f"keys.{name}",
                f"There is nothing called {name!r} that a key could do",
                f"{hint}The help of the chat (F1) names all.",
            )


def binding_ids(of: type[DOMNode] = DOMNode) -> Iterator[str]:
    """The ids of everything that has been imported."""
    for kind in of.__subclasses__():
        yield from binding_ids(kind)
        for binding in kind.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                yield binding.id
