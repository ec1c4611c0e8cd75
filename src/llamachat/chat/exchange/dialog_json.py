"""Dialogs and sampling parameters as JSON values, and back from values nobody has vouched for.

The store's own form; what comes back is checked. Knows nothing of files or chats.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from llamachat.chat.dialog import Dialog
from llamachat.chat.exchange.json_fields import JsonFields
from llamachat.chat.store.encoding import encode_dialog
from llamachat.engine.params import MAX_TOKENS, SamplingParams
from llamachat.engine.typed import build
from llamachat.errors import UsageError

MAX_SENTENCE = 200
"""characters of somebody else's text in an error of ours"""


def dialog_to_json(dialog: Dialog) -> dict[str, Any]:
    """Every field by name."""
    values: dict[str, Any] = json.loads(encode_dialog(dialog))
    return values


def dialog_from_json(fields: JsonFields) -> Dialog:
    """The dialog; what is absent has its default.

    Raises:
        UsageError: a name is unknown or a value wrong.
    """
    n_keep = fields.whole("n_keep", -1, least=-1, most=MAX_TOKENS)
    values = {key: value for key, value in fields.values().items() if key != "sampling"}
    try:
        dialog = build(Dialog, values, "part of a dialog")
    except UsageError as error:
        raise UsageError(f"The dialog of this chat is not sound: {_short(error)}") from None
    preamble = tuple(replace(segment, turn=0) for segment in dialog.preamble)
    sampling = sampling_from_json(fields.object("sampling"))
    return replace(dialog, preamble=preamble, n_keep=n_keep, sampling=sampling)


def sampling_from_json(fields: JsonFields) -> dict[str, Any]:
    """Those fields of SamplingParams that are given.

    Raises:
        UsageError: a name is unknown, a value wrong, or two exclude each other.
    """
    try:
        sampling = build(SamplingParams, fields.values(), "sampling parameter")
    except UsageError as error:
        raise UsageError(f"How this chat samples is not sound: {_short(error)}") from None
    return {name: getattr(sampling, name) for name in fields.values()}


def settings_from_json(fields: JsonFields) -> dict[str, Any]:
    """What was set for a chat: n_predict and fields of SamplingParams.

    Raises:
        UsageError: as `sampling_from_json` does.
    """
    others = {name: value for name, value in fields.values().items() if name != "n_predict"}
    settings = sampling_from_json(JsonFields(others))
    if "n_predict" in fields:
        settings["n_predict"] = fields.whole("n_predict", -1, least=-2, most=MAX_TOKENS)
    return settings


def _short(error: UsageError) -> str:
    """Its sentence, which may repeat a value of any length."""
    message = error.message
    return message if len(message) <= MAX_SENTENCE else f"{message[:MAX_SENTENCE]}…"
