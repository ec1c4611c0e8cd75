"""A row of the transcript, as widgets draw it. Knows nothing of stores or widgets."""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.chat.message import Role
from llamachat.engine.base import FinishReason


@dataclass(frozen=True, slots=True)
class Row:
    """One message, with the name of who said it."""

    key: int
    """id of the stored message; negative while it is not stored"""
    role: Role
    name: str
    """of the role, as the prompt template calls it"""
    text: str
    reason: FinishReason | None = None
    """why an answer ended; None for words that nobody generated, and while they are"""
    place: int = 1
    places: int = 1
    """which of how many versions of this message"""
    note: str = ""
    """small print below: figures of the answer"""
