"""What is remembered of models: all of it, or what holds for one of them now.

Knows names and files; nothing of figures.
"""

from __future__ import annotations

from llamachat.engine.tuning import store
from llamachat.engine.tuning.values import Tuning
from llamachat.models.library import model_file


def found(name: str | None) -> list[Tuning]:
    """Of one model, on either rung; of all where none is named."""
    known = store.all_remembered()
    if name is None:
        return list(known.values())
    return [known[key] for key in _keys(name) if key in known]


def forgotten(name: str | None) -> int:
    """Forget it; how many there were."""
    return store.forget(None if name is None else _keys(name))


def _keys(name: str) -> list[str]:
    keys = [store.tuning_key(model_file(name), fast=fast) for fast in (True, False)]
    return [key for key in keys if key]
