"""What an engine refused is as if nobody had asked: the chat stands as before, and the words are
where they were written. Knows the screen's widgets; nothing of engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamachat.errors import LlamaChatError
from llamachat.tui.rows import QUESTION

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was asked of the engine."""

    asked: str = ""
    """a message that was said; empty where an old one was to be answered"""
    former: int | None = None
    """the message that the line ended with before"""
    edited: int | None = None
    """the message whose other version this is"""


async def give_back(screen: ChatScreen, attempt: Attempt) -> None:
    """Put everything back to where it was."""
    words = ""
    if attempt.former is not None:
        try:
            words = _restore(screen, attempt, attempt.former)
        except LlamaChatError as error:  # the disk, too: the chat stands as the store has it
            screen.fail(error)
    if screen.turns.unstored:  # what stands above it may be all there is of an unstorable answer
        await screen.transcript.truncate(QUESTION, with_it=True)
    else:
        await screen.show_rows()
    screen.turns.unstored = ""
    screen.turns.show_stored()
    drafts = screen.desk.drafts
    if attempt.edited is not None and words and drafts.coming is None:
        screen.editing.begin(attempt.edited)
        screen.composer.draft = words
    elif lost := attempt.asked or (words if attempt.edited is not None else ""):
        drafts.put_back(lost)
    else:
        drafts.keep()


def _restore(screen: ChatScreen, attempt: Attempt, former: int) -> str:
    """End the line where it did, and forget an edit; returns the words of the question."""
    line = screen.conversation.line()
    question = line.rows[-1].message
    if question.role != "user":  # something was answered, if only that it ended
        return ""
    if attempt.edited is not None:
        line.withdraw()
    line.rewind(former)
    return question.text
