"""ProcessEngine: the engine contract over a child process, so that a crash is an event.

When the worker dies the stream ends with Done("died") and the cause in words; the next request
starts a new one, a little later each time, until MAX_CRASHES in a row have finished nothing. Knows
nothing of llama.cpp or of why a rung is unusable.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from llamachat.engine import wire
from llamachat.engine.base import Done, EngineInfo, Event, Prefilled
from llamachat.engine.child import Child
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.errors import EngineDied, EngineError

MAX_CRASHES = 3
BACKOFF = (0.0, 0.25, 1.0)
"""seconds to wait before the first, second and third restart in a row"""

OnDeath = Callable[[EngineOptions, EngineDied], EngineOptions]


class ProcessEngine:
    """A worker process behind the engine contract.

    `on_death` hears of each death and gives the options for the next worker, so that a processor
    fault can lower the rung.

    Raises (on construction): what `LlamaEngine` raises, and EngineDied.
    """

    def __init__(
        self,
        options: EngineOptions,
        *,
        on_progress: Callable[[float], None] | None = None,
        on_death: OnDeath | None = None,
    ) -> None:
        self._options = options
        self._on_progress = on_progress
        self._on_death = on_death
        self._numbers = itertools.count(1)
        self._current = 0
        self._crashes = 0
        self._closed = False
        self._child: Child | None = None
        self._info = self._start()

    def __enter__(self) -> ProcessEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None where none is running."""
        return self._child.pid if self._child is not None and self._child.alive else None

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        number = self._ask("generate", prompt=wire.encode_prompt(prompt), params=asdict(params))
        try:
            first = wire.decode_event(self._receive(number))
        except EngineDied as death:
            return iter((Done("died", fault=death),))
        return self._answer(number, first)

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        number = self._ask("prefill", prompt=wire.encode_prompt(prompt))
        return self._prefill_steps(number)

    def count(self, prompt: Prompt) -> int:
        return self._value("count", prompt=wire.encode_prompt(prompt))

    def snapshot(self, path: Path, key: str) -> int:
        return self._value("snapshot", path=str(path), key=key)

    def restore(self, path: Path, key: str) -> int:
        return self._value("restore", path=str(path), key=key)

    def cancel(self) -> None:
        child, number = self._child, self._current
        if child is not None and number:
            try:
                child.send({"id": number, "op": "cancel"})
            except EngineDied:
                return  # the reader of the stream meets the same death and tells it

    def close(self) -> None:
        self._closed = True
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def _answer(self, number: int, event: Event) -> Iterator[Event]:
        try:
            while not isinstance(event, Done):
                yield event
                try:
                    event = wire.decode_event(self._receive(number))
                except EngineDied as death:
                    event = Done("died", fault=death)
            self._crashes = self._crashes if event.reason == "died" else 0
            self._current = 0
            yield event
        finally:
            self._abandon(number)

    def _prefill_steps(self, number: int) -> Iterator[Prefilled]:
        try:
            while (message := self._receive(number))["event"] != "result":
                step = wire.decode_event(message)
                if isinstance(step, Prefilled):
                    yield step
            self._current = 0
        finally:
            self._abandon(number)

    def _abandon(self, number: int) -> None:
        """Where the reader left early: cancel, and read on until the pipe is clean."""
        if self._current != number:
            return
        self.cancel()
        try:
            while self._receive(number)["event"] not in ("done", "result"):
                pass
        except EngineError:
            return  # dead or refused: the pipe is clean as well
        finally:
            self._current = 0

    def _value(self, op: str, **values: object) -> int:
        number = self._ask(op, **values)
        value = int(self._receive(number)["value"])
        self._current = 0
        return value

    def _ask(self, op: str, **values: object) -> int:
        """Send a request to a living worker; returns its number."""
        if self._closed:
            raise EngineError("The engine is closed.")
        if self._current:
            raise EngineError("The engine is still answering.", "Cancel that answer first.")
        if self._child is not None and not self._child.alive:
            self._bury(self._child.death())
        if self._child is None:
            self._info = self._start()
        number = next(self._numbers)
        child = self._child
        assert child is not None
        child.send({"id": number, "op": op, **values})
        self._current = number
        return number

    def _receive(self, number: int) -> wire.Message:
        """The next message for this request; an error it reports is raised."""
        child = self._child
        if child is None:
            raise EngineDied("The engine is not running.")
        while True:
            try:
                message = child.read()
            except EngineDied as death:
                self._bury(death)
                raise
            if message.get("id") != number:
                continue
            if message["event"] == "error":
                self._current = 0
                raise wire.decode_error(message)
            return message

    def _bury(self, death: EngineDied) -> None:
        self._child = None
        self._current = 0
        self._crashes += 1
        if self._on_death is not None:
            self._options = self._on_death(self._options, death)

    def _start(self) -> EngineInfo:
        """Start a worker; a fault that lowers the rung is tried again at once."""
        if self._crashes >= MAX_CRASHES:
            raise EngineDied(
                f"The engine has died {self._crashes} times in a row and is not started again.",
                "`llamachat doctor` finds out why.",
            )
        time.sleep(BACKOFF[self._crashes])
        child = self._child = Child(self._options)
        before = self._options
        try:
            return child.wait_until_ready(self._on_progress)
        except EngineDied as death:
            self._bury(death)
            if self._options != before:
                return self._start()
            raise
        except BaseException:
            self._child = None
            raise

    def reset_crashes(self) -> None:
        """Allow restarts again after the engine has given up."""
        self._crashes = 0


def plain_rung(options: EngineOptions) -> EngineOptions:
    """The same options one rung lower: no extra buffer types."""
    return replace(options, extra_buffers=False)
