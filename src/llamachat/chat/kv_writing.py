"""A KV state that is being written beside the engine's work: is it there yet?

Who comes back to a chat a moment after leaving it waits for the file, which takes seconds where
evaluating it all again takes a minute. Knows one file and those that are not finished yet.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 10.0
"""seconds; the state of 2,000 tokens of a 7B model takes 3.4"""
BEGINNING = 0.5
"""seconds in which whoever writes has begun"""
LOOK = 0.02
"""seconds between two looks"""


@dataclass(frozen=True, slots=True)
class Writing:
    """To be made before the writing begins; `former` is the file that is there by then."""

    path: Path
    chat: int
    former: int | None
    begun: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, path: Path, chat: int) -> Writing:
        return cls(path, chat, _number(path))

    def wait(self) -> None:
        """Until the file is there, nobody writes it any more, or it takes too long."""
        until = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < until and _number(self.path) == self.former:
            begun = now > self.begun + BEGINNING
            if begun and not any(self.path.parent.glob(f".{self.path.name}.*.part")):
                return
            time.sleep(LOOK)


def _number(path: Path) -> int | None:
    """Of the file, not of its name."""
    try:
        return path.stat().st_ino
    except OSError:
        return None
