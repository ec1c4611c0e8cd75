"""The engine's own process: reads requests from stdin, writes events to stdout.

    echo '{"op": "generate", "prompt": "Hello", "params": {"n_predict": 8}}' |
        python -m llamachat.engine.worker --model tiny.gguf

Descriptor 1 is moved away before llama.cpp is loaded, so that no stray print of a library can tear
the protocol. A thread reads stdin, so that a cancel arrives while a batch is being evaluated; when
stdin ends the parent is gone, and so is the worker.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llamachat.engine import wire
from llamachat.engine.base import Engine
from llamachat.errors import LlamaChatError, UsageError


class Worker:
    """Serves one engine over two file descriptors."""

    def __init__(self, requests: int, events: int, *, child: bool) -> None:
        self._requests = os.fdopen(requests, "rb", buffering=0)
        self._events = events
        self._child = child
        self._queue: queue.SimpleQueue[wire.Message] = queue.SimpleQueue()
        self._engine: Engine | None = None
        self._current: object = None
        self._cancelled: set[object] = set()

    def say(self, message: wire.Message) -> None:
        view = memoryview(wire.to_line(message))
        while view:
            view = view[os.write(self._events, view) :]

    def serve(self, engine: Engine) -> None:
        """Answer requests in order until one says close, or stdin ends."""
        self._engine = engine
        self.say({"event": "ready", "info": engine.info})
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            request = self._queue.get()
            if request.get("op") == "close":
                return
            self._answer(engine, request)

    def _answer(self, engine: Engine, request: wire.Message) -> None:
        self._current = number = request.get("id")
        try:
            if "malformed" in request:
                raise UsageError(request["malformed"])
            for message in self._perform(engine, request):
                self.say({"id": number, **message})
        except LlamaChatError as error:
            self.say({"id": number, "event": "error", **wire.encode_error(error)})
        except (KeyError, TypeError, ValueError) as error:
            fault = UsageError(f"The request cannot be read: {error}.")
            self.say({"id": number, "event": "error", **wire.encode_error(fault)})
        finally:
            self._current = None
            self._cancelled.discard(number)

    def _perform(self, engine: Engine, request: wire.Message) -> Iterator[wire.Message]:
        match request.get("op"):
            case "generate":
                prompt = wire.decode_prompt(request["prompt"])
                events = engine.generate(prompt, wire.decode_params(request.get("params", {})))
                self._honour_early_cancel(engine)
                for event in events:
                    yield wire.encode_event(event)
            case "prefill":
                steps = engine.prefill(wire.decode_prompt(request["prompt"]))
                self._honour_early_cancel(engine)
                for step in steps:
                    yield wire.encode_event(step)
                yield {"event": "result", "value": None}
            case "count":
                yield _result(engine.count(wire.decode_prompt(request["prompt"])))
            case "snapshot":
                yield _result(engine.snapshot(Path(request["path"]), str(request["key"])))
            case "restore":
                yield _result(engine.restore(Path(request["path"]), str(request["key"])))
            case other:
                raise UsageError(f"Unknown operation {other!r}.")

    def _honour_early_cancel(self, engine: Engine) -> None:
        """A cancel may have come before the stream existed."""
        if self._current in self._cancelled:
            engine.cancel()

    def _read(self) -> None:
        """Thread: cancel at once, queue the rest; the end of stdin is the end of the worker."""
        for line in self._requests:
            try:
                request = wire.from_line(line)
            except UsageError as error:
                request = {"malformed": error.message}
            if request.get("op") == "cancel":
                number = request.get("id", self._current)
                self._cancelled.add(number)
                if number == self._current and self._engine is not None:
                    self._engine.cancel()
            else:
                self._queue.put(request)
        if self._child:
            os._exit(0)
        self._queue.put({"op": "close"})  # piped in from a shell: finish first


def _result(value: int) -> wire.Message:
    return {"event": "result", "value": value}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="llamachat.engine.worker", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--options", type=json.loads, default={}, help="JSON of EngineOptions")
    parser.add_argument("--child", action="store_true", help="leave at once when stdin ends")
    arguments = parser.parse_args(argv)
    events = os.dup(1)
    os.set_inheritable(events, False)
    os.dup2(2, 1)
    worker = Worker(os.dup(0), events, child=arguments.child)
    try:
        with _open(worker, {**arguments.options, "model": str(arguments.model)}) as engine:
            worker.serve(engine)
    except LlamaChatError as error:
        worker.say({"event": "error", **wire.encode_error(error)})
        return int(error.exit_code)
    except BrokenPipeError:
        os._exit(0)
    return 0


def _open(worker: Worker, options: wire.Message) -> Any:
    """Load the engine, reporting progress in whole per cents."""
    from llamachat.engine.llama.engine import LlamaEngine
    from llamachat.engine.llama.library import open_library

    open_library().echo = sys.stderr
    told = -1

    def progress(fraction: float) -> None:
        nonlocal told
        if int(fraction * 100) > told:
            told = int(fraction * 100)
            worker.say({"event": "loading", "fraction": fraction})

    return LlamaEngine(wire.decode_options(options), on_progress=progress)


if __name__ == "__main__":
    sys.exit(main())
