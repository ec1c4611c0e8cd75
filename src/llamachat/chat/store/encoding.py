"""Dialogs and settings as text for one column, and back, without any loss.

JSON knows no tuples, so lists become tuples again; what a later version does not know any more is
left out, for a chat must stay readable. Knows nothing of SQL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from llamachat.chat.dialog import Dialog
from llamachat.engine.typed import build

_KNOWN = frozenset(field.name for field in fields(Dialog)) - {"sampling"}


def encode_dialog(dialog: Dialog) -> str:
    values = asdict(replace(dialog, sampling={}))  # asdict copies no other mapping than a dict
    return json.dumps({**values, "sampling": dict(dialog.sampling)})


def decode_dialog(text: str) -> Dialog:
    values = json.loads(text)
    known = {name: value for name, value in values.items() if name in _KNOWN}
    dialog = build(Dialog, known, "part of a dialog")
    return replace(dialog, sampling=_with_tuples(values.get("sampling", {})))


def encode_values(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values))


def decode_values(text: str) -> dict[str, Any]:
    return {} if text == "{}" else _with_tuples(json.loads(text))


def _with_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_with_tuples, value))
    if isinstance(value, dict):
        return {key: _with_tuples(item) for key, item in value.items()}
    return value
