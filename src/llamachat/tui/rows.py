"""A row of the transcript, as widgets draw it. Knows nothing of stores or widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Role
from llamachat.chat.store.records import StoredMessage
from llamachat.engine.base import FinishReason

QUESTION, ANSWER = -1, -2
"""keys of the two messages that are not stored yet"""
NOTICED = 0.3
"""seconds to the first token that are worth a word"""
GREETING = -1000
"""keys of greeting turns begin here and go down"""


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


def stored_row(stored: StoredMessage, dialog: Dialog) -> Row:
    """A message of the store."""
    message = stored.message
    return Row(
        stored.id,
        message.role,
        dialog.role_name(message.role),
        message.text,
        message.finish_reason,
        stored.place,
        stored.places,
        answer_note(stored.stats),
    )


def greeting_rows(dialog: Dialog) -> Iterator[Row]:
    """Turns that were there before the person came."""
    for place, message in enumerate(dialog.greeting):
        name = dialog.role_name(message.role)
        yield Row(GREETING - place, message.role, name, message.text)


def answer_note(stats: Mapping[str, float | int]) -> str:
    """ "42 tokens · 7.1 t/s · first after 0.8 s" """
    generated = int(stats.get("generated", 0))
    if not generated:
        return ""
    parts = [f"{generated} token{'s' if generated > 1 else ''}"]
    if rate := stats.get("decode_rate", 0):
        parts.append(f"{rate:.1f} t/s" if rate < 100 else f"{rate:.0f} t/s")
    first = stats.get("first_token", 0)
    if first >= NOTICED:
        parts.append(f"first after {first:.1f} s")
    return " · ".join(parts)
