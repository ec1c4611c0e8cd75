"""A message whose text is in the composer, to become another version of it.

The draft is put aside meanwhile, and new words are never lost: however the edit ends, they are
sent, part of the draft, or what undo brings back. Knows the screen's widgets; nothing of engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamachat.tui.may_change import may_change
from llamachat.tui.refused import Attempt
from llamachat.tui.widgets.composer_text import joined

if TYPE_CHECKING:
    from llamachat.tui.chat_screen import ChatScreen


@dataclass(slots=True)
class _Edit:
    message: int
    text: str
    """as it stood when the edit began"""
    aside: str
    """the draft that was in the composer then"""


class Editing:
    """At most one edit at a time."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._edit: _Edit | None = None

    @property
    def message(self) -> int | None:
        """The one that is being edited."""
        return self._edit.message if self._edit else None

    @property
    def draft(self) -> str:
        """What would be the draft if the edit ended now."""
        assert self._edit is not None
        words = self._screen.composer.draft
        new = words.strip() != self._edit.text.strip()
        return joined(self._edit.aside, words if new else "")

    def put_aside(self, text: str) -> None:
        """One more piece of the draft, before the others."""
        assert self._edit is not None
        self._edit.aside = joined(text, self._edit.aside)

    def begin(self, message: int) -> None:
        """Put the text of a message into the composer."""
        screen, drafts = self._screen, self._screen.desk.drafts
        row = next((row for row in screen.conversation.rows if row.id == message), None)
        if not may_change(screen, message) or row is None or drafts.coming is not None:
            return
        self.end()
        composer = screen.composer
        self._edit = _Edit(message, row.message.text, composer.draft)
        composer.draft = row.message.text
        drafts.keep()
        composer.set_class(True, "-editing")
        composer.remembers = row.message.role == "user"  # the model's words are no input
        composer.border_subtitle = "Editing: Enter keeps both versions, Escape leaves it"
        composer.focus()

    def end(self, *, by_hand: bool = False) -> bool:
        """Whether a message was being edited. New words go on as the draft; those that were given
        up by hand come back with undo."""
        if self._edit is None:
            return False
        composer, draft = self._screen.composer, self.draft
        aside, self._edit = self._edit.aside, None
        composer.set_class(False, "-editing")
        composer.remembers = True
        composer.border_subtitle = ""
        if by_hand:
            composer.begin(aside)
        else:
            composer.draft = draft
        self._screen.desk.drafts.keep()
        return True

    async def submit(self, text: str) -> None:
        """A user's new words are answered; those of an answer stand as they are."""
        screen, message = self._screen, self.message
        assert message is not None
        rows = screen.conversation.rows
        attempt = Attempt(former=rows[-1].id if rows else None, edited=message)
        stored = screen.conversation.line().edit(message, text)
        self.end()
        await screen.show_rows()
        if stored.message.role == "user":
            await screen.turns.regenerate(attempt)
        else:
            screen.turns.show_stored()
