"""Dialogs and settings as text for one column, and back, without any loss.

JSON knows no tuples, so lists become tuples again; what a later version does not know any more is
left out, for a chat must stay readable. Knows nothing of SQL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

from llamachat.chat.dialog import Dialog
from llamachat.chat.store.failures import DamagedValue
from llamachat.engine.typed import build
from llamachat.errors import UsageError

_KNOWN = frozenset(field.name for field in fields(Dialog)) - {"sampling"}


def encode_dialog(dialog: Dialog) -> str:
    values = asdict(replace(dialog, sampling={}))  # asdict copies no other mapping than a dict
    return json.dumps({**values, "sampling": dict(dialog.sampling)})


@lru_cache(maxsize=64)
def decode_dialog(text: str) -> Dialog:
    """Cached: it takes 60 µs, and most chats of a list have the same.

    Raises:
        DamagedValue: that is no dialog.
    """
    values = decode_values(text)
    sampling = values.get("sampling", {})
    known = {name: value for name, value in values.items() if name in _KNOWN}
    try:
        return replace(build(Dialog, known, "part of a dialog"), sampling=sampling)
    except UsageError as error:
        raise DamagedValue(error.message) from error


def encode_values(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values))


def decode_values(text: str) -> dict[str, Any]:
    """Raises DamagedValue where that is no JSON object."""
    if text == "{}":
        return {}
    try:
        values = json.loads(text)
    except ValueError as error:
        raise DamagedValue(str(error)) from error
    if not isinstance(values, dict):
        raise DamagedValue(f"{text[:20]!r} is no object")
    return {key: _with_tuples(value) for key, value in values.items()}


def _with_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_with_tuples, value))
    if isinstance(value, dict):
        return {key: _with_tuples(item) for key, item in value.items()}
    return value
