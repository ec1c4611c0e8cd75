"""ProcessEngine: the engine contract over a child process, so that a crash is an event.

When the worker dies the stream ends with Done("died") and the cause in words; the next request
starts a new one. One request at a time, whichever threads they come from; `cancel` and `close` come
from any thread at any moment. Knows nothing of llama.cpp or of restarts.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from llamachat.engine import wire
from llamachat.engine.base import Done, EngineInfo, Event, Prefilled
from llamachat.engine.context import Inspection
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.engine.stream import Stream
from llamachat.engine.supervisor import OnDeath, Supervisor
from llamachat.errors import EngineDied, EngineError, LlamaChatError


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
        self._supervisor = Supervisor(options, on_progress=on_progress, on_death=on_death)
        self._numbers = itertools.count(1)
        self._claiming = threading.Lock()
        self._current = 0
        """number of the request that is being answered; 0 = none"""
        self._cancelled = 0
        """number of the request that was cancelled last"""

    def __enter__(self) -> ProcessEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def info(self) -> EngineInfo:
        return self._supervisor.info

    @property
    def pid(self) -> int | None:
        """Process id of the worker; None where none is running."""
        child = self._supervisor.child
        return child.pid if child is not None and child.alive else None

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        number = self._claim()
        try:
            first = self._first(number, prompt, params)
        except BaseException:
            self._abandon(number)
            raise
        return Stream(self._answer(number, first), lambda: self._abandon(number))

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        number = self._claim()
        try:
            self._ask(number, "prefill", prompt=wire.encode_prompt(prompt))
            first = self._receive(number)
        except BaseException:
            self._abandon(number)
            raise
        return Stream(self._prefill_steps(number, first), lambda: self._abandon(number))

    def count(self, prompt: Prompt) -> int:
        return int(self._value("count", prompt=wire.encode_prompt(prompt)))

    def snapshot(self, path: Path, key: str) -> int:
        return int(self._value("snapshot", path=str(path), key=key))

    def restore(self, path: Path, key: str) -> int:
        return int(self._value("restore", path=str(path), key=key))

    def inspect(self) -> Inspection:
        """What the worker's KV cache holds now."""
        return wire.decode_inspection(self._value("inspect"))

    def cancel(self) -> None:
        number, child = self._current, self._supervisor.child
        self._cancelled = number
        if number and child is not None:
            child.send({"id": number, "op": "cancel"})

    def close(self) -> None:
        self._supervisor.close()

    def reset_crashes(self) -> None:
        """Allow restarts again after the engine has given up."""
        self._supervisor.forgive()

    def _first(self, number: int, prompt: Prompt, params: GenerateParams) -> Event:
        """The first event, waited for so that a refusal raises before there is a stream."""
        try:
            self._ask(number, "generate", prompt=wire.encode_prompt(prompt), params=asdict(params))
            return wire.decode_event(self._receive(number))
        except EngineDied as death:
            return self._last(death)

    def _answer(self, number: int, event: Event) -> Generator[Event, None, None]:
        while not isinstance(event, Done):
            yield event
            try:
                event = wire.decode_event(self._receive(number))
            except EngineDied as death:
                event = self._last(death)
        if event.reason != "died":
            self._supervisor.forgive()
        self._release(number)
        yield event

    def _last(self, death: EngineDied) -> Done:
        return Done("cancelled") if self._supervisor.closed else Done("died", fault=death)

    def _prefill_steps(
        self, number: int, message: wire.Message
    ) -> Generator[Prefilled, None, None]:
        while message["event"] != "result":
            step = wire.decode_event(message)
            if isinstance(step, Prefilled):
                yield step
            message = self._receive(number)
        self._release(number)

    def _value(self, op: str, **values: object) -> Any:
        number = self._claim()
        try:
            self._ask(number, op, **values)
            value = self._receive(number)["value"]
            self._release(number)
        finally:
            self._abandon(number)
        return value

    def _claim(self) -> int:
        """The number of a new request; there is one at a time."""
        with self._claiming:
            if self._supervisor.closed:
                raise EngineError("The engine is closed.")
            if self._current:
                raise EngineError("The engine is still answering.", "Cancel that answer first.")
            self._current = next(self._numbers)
            return self._current

    def _release(self, number: int) -> None:
        with self._claiming:
            if self._current == number:
                self._current = 0

    def _ask(self, number: int, op: str, **values: object) -> None:
        """Send a request to a living worker."""
        message = {"id": number, "op": op, **values}
        while not (child := self._supervisor.living()).send(message):
            self._supervisor.bury(child.death())
        if self._cancelled == number:
            self.cancel()

    def _receive(self, number: int) -> wire.Message:
        """The next message for this request; an error it reports is raised."""
        child = self._supervisor.child
        if child is None:
            raise EngineDied("The engine is closed.")
        while True:
            try:
                message = child.read()
            except EngineDied as death:
                raise self._supervisor.bury(death) from None
            if message.get("id") != number:
                continue
            if message["event"] == "error":
                self._release(number)
                raise wire.decode_error(message)
            return message

    def _abandon(self, number: int) -> None:
        """Where the reader left early: cancel, and read on until the pipe is clean."""
        if self._current != number:
            return
        self.cancel()
        try:
            while self._receive(number)["event"] not in ("done", "result"):
                pass
        except LlamaChatError:
            return  # dead, closed or refused: the pipe is clean as well
        finally:
            self._release(number)
