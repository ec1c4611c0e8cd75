"""What was said: values equal by value, ignorant of how they are stored, shown or rendered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llamachat.engine.base import FinishReason

Role = Literal["system", "user", "assistant"]

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Message:
    """One contribution to a dialog."""

    role: Role
    text: str
    finish_reason: FinishReason | None = None
    """why an answer ended; None for words that nobody generated"""
    open: bool = False
    """the user handed over in mid-line (a trailing `/`): the answer goes on in the same line"""


def well_formed(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, so that it can be stored as UTF-8."""
    return _SURROGATES.sub("\ufffd", text)


def turn_numbers(messages: Sequence[Message], *, pinned: int = 0) -> list[int]:
    """The turn of each message: the first `pinned` ones belong to turn 0, the preamble; after
    them every message of the user begins the next turn."""
    numbers, turn = [], 0
    for position, message in enumerate(messages):
        if message.role == "user" and position >= pinned:
            turn += 1
        numbers.append(turn)
    return numbers
