"""Who may ask the worker now: one request at a time, whichever threads they come from.

While an answer streams others are refused; a short request makes them wait; what is evaluated while
nobody waits gives way to any other. Knows numbers and threads; nothing of pipes.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Literal

from llamachat.errors import EngineError

Kind = Literal["stream", "short", "draft", "trial"]
"""a trial gives way to all others; it is refused while there are any"""


class Claims:
    """`give_way` is called with the number of a draft or trial that somebody waits for; `closed`
    tells whether there is anybody left to ask."""

    def __init__(self, give_way: Callable[[int], object], closed: Callable[[], bool]) -> None:
        self._give_way = give_way
        self._closed = closed
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._kind: Kind = "stream"
        self.current = 0
        """number of the request that is being answered; 0 = none"""

    def claim(self, kind: Kind) -> int:
        """The number of a new request.

        Raises:
            EngineError: the engine is closed, or an answer streams; a trial finds it at work.
        """
        with self._changed:
            while not self._closed() and self.current:
                if self._kind == "stream":
                    raise EngineError("The engine is still answering.", "Cancel that answer first.")
                if kind == "trial":
                    raise EngineError("The engine is at work.", "Try again later.")
                if self._kind in ("draft", "trial"):
                    self._give_way(self.current)
                self._changed.wait()
            if self._closed():
                raise EngineError("The engine is closed.")
            self._kind, self.current = kind, next(self._numbers)
            return self.current

    def release(self, number: int) -> None:
        """The request has been answered; another number is none of ours."""
        with self._changed:
            if self.current == number:
                self.current = 0
                self._changed.notify_all()
