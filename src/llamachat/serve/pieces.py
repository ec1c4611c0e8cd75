"""From the engine's events to what a client reads: pieces of text with their log probabilities.

In a transcript the white space around an answer is structure, so it is held back until it turns out
to stand inside. Knows nothing of JSON.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from llamachat.chat.message import well_formed
from llamachat.engine.base import Chunk, Done, Event, Prefilled, TokenProbs


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the answer."""

    text: str
    probs: tuple[TokenProbs, ...] = ()


class Pieces:
    """One answer. After the last piece `done` says how it ended."""

    def __init__(self, events: AsyncIterator[Event], *, trims: bool) -> None:
        self._events = events
        self._trims = trims
        self._begun = not trims
        self._held = Piece("")
        self.done = Done("cancelled")

    async def begin(self) -> None:
        """Wait until the engine has taken the prompt; raises what it raises."""
        async for event in self._events:
            if isinstance(event, Done):
                self.done = event
            return

    async def __aiter__(self) -> AsyncIterator[Piece | Prefilled]:
        """The pieces, and before them how far the prompt is."""
        async for event in self._events:
            if isinstance(event, Done):
                self.done = event
            elif isinstance(event, Prefilled):
                yield event
            elif isinstance(event, Chunk):
                piece = self._trimmed(Piece(well_formed(event.text), event.probs))
                if piece.text or piece.probs:
                    yield piece

    def _trimmed(self, piece: Piece) -> Piece:
        if not self._trims:
            return piece
        text, probs = self._held.text + piece.text, (*self._held.probs, *piece.probs)
        if not self._begun:
            text = text.lstrip()
            while probs and not probs[0].chosen.text.strip():
                probs = probs[1:]
            self._begun = bool(text)
        shown = text.rstrip()
        end = len(probs)
        while end and not probs[end - 1].chosen.text.strip():
            end -= 1
        self._held = Piece(text[len(shown) :], probs[end:])
        return Piece(shown, probs[:end])
