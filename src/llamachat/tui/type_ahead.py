"""What is typed before the composer can take it is in the composer when it comes.

The first picture is there after less than half a second, in which a quick person has typed a word;
keys without a focus would be lost. Nothing that was typed unseen is sent or carried out. Knows no
widget.
"""

from __future__ import annotations

from textual import events
from textual.app import App


def typed(text: str, event: events.Event) -> str | None:
    """The text with what the event adds to it or takes away; None for one that does not write."""
    match event:
        case events.Paste(text=pasted):
            return text + pasted
        case events.Key(key="enter" | "ctrl+j"):  # a terminal that is read in lines says the latter
            return text + "\n"
        case events.Key(key="backspace"):
            return text[:-1]
        case events.Key(is_printable=True, character=str(character)):
            return text + character
    return None


class TypesAhead(App[int]):
    """An app that keeps keys until somebody takes them."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead: str | None = ""
        """None: keys go where the focus is"""

    async def on_event(self, event: events.Event) -> None:
        ahead = typed(self._ahead, event) if self._ahead is not None else None
        if ahead is None:
            await super().on_event(event)
        else:
            self._ahead = ahead

    def take_ahead(self) -> str:
        """What was typed so far; later keys go where they always go."""
        text, self._ahead = self._ahead or "", None
        return text.strip("\n")
