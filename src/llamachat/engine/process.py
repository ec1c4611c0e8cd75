"""ProcessEngine: the engine contract over a child process, so that a crash is an event.

When the worker dies the stream ends with Done("died") and the cause in words; the next request
starts a new one. One request at a time, whichever threads they come from; `cancel` and `close` come
from any thread at any moment. Knows nothing of llama.cpp or of restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from llamachat.engine import wire
from llamachat.engine.base import Done, EngineInfo, Event, Prefilled, Report
from llamachat.engine.claims import Claims, Kind
from llamachat.engine.context import Inspection
from llamachat.engine.embedding import Embedding, decode_embedding
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.engine.stream import Stream
from llamachat.engine.supervisor import OnDeath, Supervisor
from llamachat.engine.tuning.values import Step, Task, Verdict
from llamachat.errors import EngineDied, LlamaChatError


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
        self._claims = Claims(self._stop, lambda: self._supervisor.closed)
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
        number = self._claims.claim("stream")
        try:
            first = self._first(number, prompt, params)
        except BaseException:
            self._abandon(number)
            raise
        return Stream(self._answer(number, first), lambda: self._abandon(number))

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        number = self._claims.claim("stream")
        try:
            self._ask(number, "prefill", prompt=wire.encode_prompt(prompt))
            first = self._receive(number)
        except BaseException:
            self._abandon(number)
            raise
        return Stream(self._prefill_steps(number, first), lambda: self._abandon(number))

    def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
        step = Prefilled(0, 0, 0)
        with self._request("draft", "prepare", prompt=wire.encode_prompt(prompt)) as number:
            while (message := self._receive(number))["event"] != "result":
                event = wire.decode_event(message)
                if isinstance(event, Prefilled):
                    step = event
                    if report is not None:
                        report(step)
            self._claims.release(number)
        return step

    def tune(
        self, task: Task, report: Callable[[Step], object] | None = None
    ) -> tuple[Verdict, ...]:
        verdicts: list[Verdict] = []
        with self._request("trial", "tune", task=task) as number:
            while (message := self._receive(number))["event"] != "result":
                step = wire.decode_step(message)
                if isinstance(step, Verdict):
                    verdicts.append(step)
                if report is not None:
                    report(step)
            self._claims.release(number)
        return tuple(verdicts)

    def embed(self, prompts: Sequence[Prompt]) -> Iterator[Embedding]:
        """A vector for each text; the KV cache of the chat stays as it is."""
        texts = [wire.encode_prompt(prompt) for prompt in prompts]
        with self._request("stream", "embed", prompts=texts) as number:
            while (message := self._receive(number))["event"] != "result":
                yield decode_embedding(message)
            self._claims.release(number)

    def count(self, prompt: Prompt) -> int:
        return int(self._value("count", prompt=wire.encode_prompt(prompt)))

    def snapshot(self, path: Path, key: str, *, wait: bool = True, leaving: bool = False) -> int:
        """Only of a worker that runs: what another one held is gone with it, and whoever saves
        need not wait for the next."""
        if not (self._supervisor.serving or self._supervisor.closed):
            raise EngineDied("The engine is not running: there is nothing to save.")
        named = {"path": str(path), "key": key, "wait": wait, "leaving": leaving}
        return int(self._value("snapshot", **named))

    def restore(self, path: Path, key: str) -> int:
        return int(self._value("restore", path=str(path), key=key))

    def inspect(self) -> Inspection:
        """What the worker's KV cache holds now."""
        return wire.decode_inspection(self._value("inspect"))

    def cancel(self) -> None:
        self._stop(self._claims.current)

    def _stop(self, number: int) -> None:
        child = self._supervisor.child
        self._cancelled = number
        if number and child is not None:
            child.cancel(number)

    def close(self) -> None:
        self._supervisor.close()

    @property
    def given_up(self) -> bool:
        """Whether it has died too often and is not started again."""
        return self._supervisor.given_up

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
        self._claims.release(number)
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
        self._claims.release(number)

    def _value(self, op: str, **values: object) -> Any:
        with self._request("short", op, **values) as number:
            value = self._receive(number)["value"]
            self._claims.release(number)
        return value

    @contextmanager
    def _request(self, kind: Kind, op: str, **values: object) -> Iterator[int]:
        number = self._claims.claim(kind)
        try:
            self._ask(number, op, **values)
            yield number
        finally:
            self._abandon(number)

    def _ask(self, number: int, op: str, **values: object) -> None:
        """Send a request to a living worker."""
        message = {"id": number, "op": op, **values}
        while not (child := self._supervisor.living()).send(message):
            self._supervisor.bury(child.death())
        if self._cancelled == number:
            self._stop(number)

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
                self._claims.release(number)
                raise wire.decode_error(message)
            return message

    def _abandon(self, number: int) -> None:
        """Where the reader left early: cancel, and read on until the pipe is clean."""
        if self._claims.current != number:
            return
        self._stop(number)
        try:
            while self._receive(number)["event"] not in ("done", "result"):
                pass
        except LlamaChatError:
            return  # dead, closed or refused: the pipe is clean as well
        finally:
            self._claims.release(number)
