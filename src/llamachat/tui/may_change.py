"""Whether a message can get another version now; if not, a word in the corner says why.

Knows rows and whether an answer is being written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamachat.tui.rows import GREETING

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen

BUSY = "An answer is being written; Escape stops it."


def may_change(screen: ChatScreen, message: int) -> bool:
    """`message` is the key of a row of the transcript."""
    why = why_not(message, busy=screen.turns.busy)
    if why:
        screen.app.notify(why, markup=False)
    return not why


def why_not(message: int, *, busy: bool) -> str:
    """Empty where nothing stands against it."""
    if message <= GREETING:
        return "The greeting is a part of the prompt template, which can be edited: F3."
    if busy:
        return BUSY
    return "" if message > 0 else "This could not be stored yet; it is with the next message."
