"""An answer while it is written: passes the engine's events on and remembers what they said.

Knows nothing of prompts or stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llamachat.chat.message import Message, well_formed
from llamachat.engine.base import Chunk, Done, Event, FinishReason


class Answer:
    """Whatever ends the stream, `message` is what there is of the answer."""

    def __init__(self, journal: Callable[[str], None]) -> None:
        self._journal = journal
        self._texts: list[str] = []
        self._reason: FinishReason = "cancelled"
        self.begun = False
        """the engine took the prompt"""
        self.refused = False
        """it did not, and said why: there is no answer"""

    @property
    def message(self) -> Message:
        """Without the white space around it, which is the transcript's, not the answer's."""
        text = well_formed("".join(self._texts)).strip()
        return Message("assistant", text, self._reason)

    def follow(self, events: Iterator[Event]) -> Iterator[Event]:
        """The events as they come. A reader who leaves early has cancelled."""
        try:
            for event in events:
                self.begun = True
                self._note(event)
                yield event
        except Exception:
            self._reason = "died"
            raise
        finally:
            if close := getattr(events, "close", None):
                close()

    def _note(self, event: Event) -> None:
        if isinstance(event, Chunk):
            self._texts.append(event.text)
            self._journal(well_formed(event.text))
        elif isinstance(event, Done):
            self._reason = event.reason
