"""What is typed before the composer can take it is in the composer when it comes.

The first picture is there after less than half a second, in which a quick person has typed a word;
keys without a focus would be lost. Nothing that was typed unseen is sent or carried out. Knows no
widget.
"""

from __future__ import annotations

from textual import events
from textual.app import App


def typed(text: str, event: events.Key | events.Paste) -> str:
    """The text, and what the event adds to it or takes away."""
    if isinstance(event, events.Paste):
        return text + event.text
    if event.key in ("enter", "ctrl+j"):  # until it is read key by key, a terminal says the latter
        return text + "\n"
    if event.key == "backspace":
        return text[:-1]
    return text + (event.character or "") if event.is_printable else text


class TypesAhead(App[int]):
    """An app that keeps keys until somebody takes them."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead: str | None = ""
        """None: keys go where the focus is"""

    async def on_event(self, event: events.Event) -> None:
        if self._ahead is not None and isinstance(event, events.Key | events.Paste):
            self._ahead = typed(self._ahead, event)
        else:
            await super().on_event(event)

    def take_ahead(self) -> str:
        """What was typed so far; later keys go where they always go."""
        text, self._ahead = self._ahead or "", None
        return text.strip("\n")
