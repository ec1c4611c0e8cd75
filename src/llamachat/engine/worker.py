"""The engine's own process: reads requests from stdin, writes events to stdout.

    echo '{"op": "generate", "prompt": "Hello", "params": {"n_predict": 8}}' |
        python -m llamachat.engine.worker --model tiny.gguf

Descriptor 1 is moved away before llama.cpp is loaded, so that no stray print of a library can tear
the protocol. A thread reads stdin from the first moment, so that a cancel arrives while a batch is
being evaluated; when stdin ends the parent is gone, and so is the worker.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from llamachat.engine import wire
from llamachat.engine.coalesce import coalesce
from llamachat.engine.embedding import encode_embedding
from llamachat.engine.inbox import Inbox
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.library import open_library
from llamachat.errors import ExitCode, LlamaChatError, UsageError
from llamachat.hardware.huge_pages import gather_huge_pages

SETTLED = 1.0
"""seconds after loading in which a request comes, if one was waiting for it"""

_OPERATIONS = (
    "Known: generate (prompt, params), prefill (prompt), prepare (prompt), count (prompt), "
    "snapshot (path, key, wait), restore (path, key), embed (prompts), tune (task), inspect, "
    "cancel (id), close."
)


class Worker:
    """Serves one engine: requests from `inbox`, messages to the file descriptor `events`."""

    def __init__(self, inbox: Inbox, events: int) -> None:
        self._inbox = inbox
        self._events = events

    def say(self, message: wire.Message) -> None:
        view = memoryview(wire.to_line(message))
        while view:
            view = view[os.write(self._events, view) :]

    def open(self, options: wire.Message) -> LlamaEngine:
        """Load the engine, reporting progress in whole per cents."""
        open_library().echo = sys.stderr
        told = -1

        def progress(fraction: float) -> None:
            nonlocal told
            if int(fraction * 100) > told:
                told = int(fraction * 100)
                self.say({"event": "loading", "fraction": fraction})

        return LlamaEngine(wire.decode_options(options), on_progress=progress)

    def serve(self, engine: LlamaEngine) -> None:
        """Answer requests in order until one says close, or stdin ends."""
        self._inbox.on_cancel = engine.cancel
        self.say({"event": "ready", "info": engine.info})
        threading.Thread(target=self._gather_memory, name="huge-pages", daemon=True).start()
        while (request := self._inbox.next()) is not None:
            try:
                for message in self._perform(engine, request):
                    self.say({"id": request.get("id"), **message})
            except LlamaChatError as error:
                fault = wire.encode_error(error)
                self.say({"id": request.get("id"), "event": "error", **fault})

    def _gather_memory(self) -> None:
        """Between requests, since it takes a 7B model's time for twenty tokens, once: weights in
        huge pages are read 7 % faster (7B Q4_0 on two cores, decode)."""
        time.sleep(SETTLED)
        steps = gather_huge_pages()
        self._inbox.wait_until_idle()
        while next(steps, None) is not None:
            self._inbox.wait_until_idle()

    def _perform(self, engine: LlamaEngine, request: wire.Message) -> Iterator[wire.Message]:
        match request:
            case {"malformed": str(reason)}:
                raise UsageError(reason)
            case {"op": "generate", "prompt": prompt}:
                params = wire.decode_params(request.get("params", {}))
                events = engine.generate(wire.decode_prompt(prompt), params)
                self._inbox.begun()
                yield from map(wire.encode_event, coalesce(events))
            case {"op": "prefill" | "prepare" as op, "prompt": prompt}:
                begin = engine.prefill if op == "prefill" else engine.preparing
                steps = begin(wire.decode_prompt(prompt))
                self._inbox.begun()
                yield from map(wire.encode_event, steps)
                yield _result(None)
            case {"op": "tune", "task": task}:
                trials = engine.tuning(wire.decode_task(task))
                self._inbox.begun()
                yield from map(wire.encode_step, trials)
                yield _result(None)
            case {"op": "embed", "prompts": [*prompts]}:
                vectors = engine.embed([wire.decode_prompt(prompt) for prompt in prompts])
                self._inbox.begun()
                yield from map(encode_embedding, vectors)
                yield _result(None)
            case {"op": "count", "prompt": prompt}:
                yield _result(engine.count(wire.decode_prompt(prompt)))
            case {"op": "snapshot", "path": str(path), "key": str(key)}:
                wait, leaving = request.get("wait") is not False, request.get("leaving") is True
                yield _result(engine.snapshot(Path(path), key, wait=wait, leaving=leaving))
            case {"op": "restore", "path": str(path), "key": str(key)}:
                yield _result(engine.restore(Path(path), key))
            case {"op": "inspect"}:
                yield _result(engine.inspect())
            case {"op": op}:
                raise UsageError(
                    f"The operation {op!r} is unknown or lacks something.", _OPERATIONS
                )
            case _:
                raise UsageError("The request names no operation.", _OPERATIONS)


def _result(value: object) -> wire.Message:
    return {"event": "result", "value": value}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="llamachat.engine.worker", description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--options", default="{}", help="JSON of EngineOptions")
    parser.add_argument("--child", action="store_true", help="leave at once when stdin ends")
    arguments = parser.parse_args(argv)
    events = os.dup(1)
    os.dup2(2, 1)
    worker = Worker(Inbox(os.dup(0), leave_at_end=arguments.child), events)
    try:
        return _run(worker, arguments.model, arguments.options)
    except BrokenPipeError:  # nobody listens any more
        return 0
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _run(worker: Worker, model: str, options: str) -> int:
    try:
        with worker.open({**wire.from_line(options.encode()), "model": model}) as engine:
            worker.serve(engine)
    except LlamaChatError as error:
        worker.say({"event": "error", **wire.encode_error(error)})
        return error.exit_code
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
