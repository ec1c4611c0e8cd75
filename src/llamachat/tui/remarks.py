"""What the app itself says between the messages, in words. Knows no widget."""

from __future__ import annotations

from llamachat.engine.base import Trimmed


def dropped(event: Trimmed) -> str:
    """What a full context costs."""
    if not event.turns:
        return f"The context is full: {event.tokens} tokens in the middle are dropped."
    first, last = event.turns[0], event.turns[-1]
    which = f"turn {first} is" if first == last else f"turns {first} to {last} are"
    return (
        f"The context is full: {which} no longer seen by the model ({event.tokens} tokens). "
        "The preamble stays, and so does everything in this chat."
    )
