"""Opens, replaces and revives the engine in threads of its own; whoever answers waits for it.

Posts what happens as messages. Knows no widget; the last engine asked for is the one that counts,
and one that is still being loaded when another is asked for is given up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.message import Message

from llamachat.engine.base import Engine, EngineInfo
from llamachat.engine.prompt import Prompt, raw_prompt
from llamachat.errors import EngineError, LlamaChatError
from llamachat.tui.engine_source import open_source

if TYPE_CHECKING:
    from llamachat.tui.engine_source import Source

PromptOf = Callable[[Engine], Prompt]
"""made in a thread, with what the engine says of its model"""

PATIENCE = 0.1
"""seconds between two looks whether somebody still waits for the engine"""


class _GivenUp(Exception):
    """Another model is wanted by now."""


class EngineHost:
    """One engine at a time. `post` may be called from any thread."""

    class Loading(Message):
        """`fraction` of the model has been read."""

        def __init__(self, fraction: float) -> None:
            super().__init__()
            self.fraction = fraction

    class Ready(Message):
        """The engine answers; `restarted` after it had died, else with what is to be said."""

        def __init__(
            self, info: EngineInfo, notes: Sequence[str] = (), *, restarted: bool = False
        ) -> None:
            super().__init__()
            self.info = info
            self.notes = notes
            self.restarted = restarted

    class Failed(Message):
        """There is no engine, and why."""

        def __init__(self, error: LlamaChatError) -> None:
            super().__init__()
            self.error = error

    class Counted(Message):
        """The prompt that `count` was given has so many tokens."""

        def __init__(self, prompt_of: PromptOf, tokens: int) -> None:
            super().__init__()
            self.prompt_of = prompt_of
            self.tokens = tokens

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._settled = threading.Condition()
        self._wanted = 0
        """number of the latest request to open"""
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        """one model is loaded at a time, for two may not fit the memory"""
        self._reviving = False
        """the worker died and is being started again; answers wait for it"""
        self._counting = False
        """answers wait, for an engine does one thing at a time"""
        self._to_count: PromptOf | None = None
        self._error: LlamaChatError | None = None

    @property
    def engine(self) -> Engine | None:
        """The engine, where it is ready."""
        return self._engine

    def open(self, source: Source) -> None:
        """Load a model, or connect to a server; the engine there was is closed first, and one that
        is being loaded too."""
        with self._settled:
            self._wanted += 1
            number, before = self._wanted, self._engine
            self._engine = self._error = None
            self._reviving = False
        self._start(self._open, number, source, before)

    def wait(self, given_up: Callable[[], bool]) -> Engine:
        """The engine, once it is loaded.

        Raises:
            LlamaChatError: it could not be loaded, is being closed, or nobody waits any longer.
        """
        with self._settled:
            while not self._at_hand and self._error is None:
                if given_up():
                    raise EngineError("The model is still being loaded.", "Your message is kept.")
                self._settled.wait(PATIENCE)
            if self._error is not None:
                raise self._error
            assert self._engine is not None
            return self._engine

    @property
    def _at_hand(self) -> bool:
        return self._engine is not None and not self._reviving and not self._counting

    def give_up(self, error: LlamaChatError) -> None:
        """There is nothing to open: whoever waits for an engine hears why."""
        with self._settled:
            number = self._wanted
        if self._settle(number, None, error):
            self._tell(number, self.Failed(error))

    def cancel(self) -> None:
        if self._engine is not None:
            self._engine.cancel()

    def revive(self) -> None:
        """Start a worker again after it died, so that the next message need not wait for it."""
        with self._settled:
            number, engine = self._wanted, self._engine
            self._reviving = engine is not None
        if engine is not None:
            self._start(self._revive, number, engine)

    def count(self, prompt_of: PromptOf) -> None:
        """Tell how many tokens a prompt has, where the engine is at hand and nobody answers; only
        the latest one of those that wait is counted."""
        with self._settled:
            number, engine = self._wanted, self._engine
            if engine is None or self._reviving:
                return
            if self._counting:
                self._to_count = prompt_of
                return
            self._counting = True
        self._start(self._count, number, engine, prompt_of)

    def close(self) -> None:
        """Close the engine; one that is still being loaded is given up."""
        with self._settled:
            self._wanted += 1
            self._reviving = False
            engine, self._engine = self._engine, None
            self._error = EngineError("The engine is closed.")
            self._settled.notify_all()
        if engine is not None:
            engine.close()

    def _open(self, number: int, source: Source, before: Engine | None) -> None:
        if before is not None:
            before.close()
        with self._opening:  # free once the load before has been given up and its worker has ended
            if number == self._wanted:
                self._load(number, source)

    def _load(self, number: int, source: Source) -> None:
        try:
            engine, notes = open_source(source, lambda part: self._progressed(number, part))
        except _GivenUp:
            return
        except LlamaChatError as error:
            self._settle(number, None, error)
            self._tell(number, self.Failed(error))
            return
        if self._settle(number, engine, None):
            self._tell(number, self.Ready(engine.info, notes))
        else:
            engine.close()

    def _progressed(self, number: int, fraction: float) -> None:
        """Raised through whoever reads the model, who ends its worker."""
        if number != self._wanted:
            raise _GivenUp
        self._post(self.Loading(fraction))

    def _count(self, number: int, engine: Engine, prompt_of: PromptOf) -> None:
        try:
            with suppress(LlamaChatError):  # the next answer says what is wrong
                self._tell(number, self.Counted(prompt_of, engine.count(prompt_of(engine))))
        finally:
            with self._settled:
                following, self._to_count = self._to_count, None
                self._counting = following is not None
                self._settled.notify_all()
            if following is not None:
                self._start(self._count, number, engine, following)

    def _settle(self, number: int, engine: Engine | None, error: LlamaChatError | None) -> bool:
        """Whether this was the engine that was asked for last."""
        with self._settled:
            if number != self._wanted:
                return False
            self._engine, self._error, self._reviving = engine, error, False
            self._settled.notify_all()
            return True

    def _revive(self, number: int, engine: Engine) -> None:
        """An engine that does not come back stays the engine: the next message asks it again."""
        ready: Message
        try:
            engine.count(raw_prompt(""))
            ready = self.Ready(engine.info, restarted=True)
        except LlamaChatError as error:
            ready = self.Failed(error)
        if self._settle(number, engine, None):
            self._tell(number, ready)

    def _tell(self, number: int, message: Message) -> None:
        if number == self._wanted:
            self._post(message)

    @staticmethod
    def _start(work: Callable[..., None], *arguments: object) -> None:
        """A daemon: leaving does not wait for a model that is still being read."""
        threading.Thread(target=work, args=arguments, daemon=True).start()
