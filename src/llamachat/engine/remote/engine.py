"""RemoteEngine: the engine contract over any server that speaks OpenAI's protocol.

What only an engine in reach of its memory can do is not there: no KV states, no draft is read
ahead, and a context that fills in the midst of an answer ends it. Cancelling cuts the line. A
server that goes away is an event, like a worker that dies; the next request connects anew. Knows
the parts of this folder; nothing of who asks.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

from llamachat.engine.base import Done, EngineInfo, Event, Memory, Prefilled, Report
from llamachat.engine.claims import Claims
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.engine.remote.address import Endpoint
from llamachat.engine.remote.answering import Answering, done_without_asking
from llamachat.engine.remote.client import PATIENCE, Call, Client
from llamachat.engine.remote.counting import Counter
from llamachat.engine.remote.exchange import Aborted
from llamachat.engine.remote.refusals import Asked, Refused, explained
from llamachat.engine.remote.server import ASSUMED_CTX, Server, meet
from llamachat.engine.stream import Stream
from llamachat.errors import EngineError
from llamachat.models.patience import Patience


class RemoteEngine:
    """One model of one server.

    Raises (on construction):
        UsageError: no such model, several and none named, or the key is wrong.
        EngineError: the server cannot be reached, or is none.
    """

    def __init__(self, endpoint: Endpoint, *, patience: Patience = PATIENCE) -> None:
        began = time.perf_counter()
        self._client = Client(endpoint, patience)
        try:
            self._server = meet(self._client)
        except BaseException:
            self._client.close()
            raise
        self._counter = Counter(self._client, self._server)
        n_ctx = self._server.n_ctx or endpoint.n_ctx or ASSUMED_CTX
        self._answering = Answering(self._client, self._server, self._counter, n_ctx)
        self._info = _info(endpoint, self._server, n_ctx, time.perf_counter() - began)
        self._closed = False
        self._claims = Claims(lambda number: None, lambda: self._closed)
        self._call: Call | None = None

    def __enter__(self) -> RemoteEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def info(self) -> EngineInfo:
        if self._info.n_ctx != self._answering.n_ctx:  # a refusal has told
            self._info = replace(self._info, n_ctx=self._answering.n_ctx)
        return self._info

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be said about it at the start."""
        if self._server.n_ctx:
            return ()
        return (
            f"{self._info.server} does not tell how large its context is; {self.info.n_ctx} tokens "
            "are assumed (-c N says otherwise).",
        )

    def generate(self, prompt: Prompt, params: GenerateParams) -> Iterator[Event]:
        number, call = self._begin()
        try:
            if params.n_predict == 0:
                self._leave(number, call)
                return iter((done_without_asking(self._counter.estimate(prompt)),))
            events = self._answering.events(call, prompt, params)
            first = next(events)
        except BaseException:
            self._leave(number, call)
            raise
        stream = self._released(number, call, first, events)
        return Stream(stream, lambda: self._leave(number, call))

    def prefill(self, prompt: Prompt) -> Iterator[Prefilled]:
        """Only llama-server evaluates a prompt without answering it."""
        if self._server.kind != "llama-server":
            yield Prefilled(0, self.count(prompt), 0)
            return
        number, call = self._begin()
        try:
            for event in self._answering.events(call, prompt, GenerateParams(n_predict=0)):
                if isinstance(event, Prefilled):
                    yield event
                elif isinstance(event, Done) and event.fault is not None:
                    raise event.fault
        finally:
            self._leave(number, call)

    def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
        """Nothing: others may be waiting for that server, and a line costs more than it saves."""
        del prompt, report
        return Prefilled(0, 0, 0)

    def count(self, prompt: Prompt) -> int:
        """Exact where the server can be asked (llama-server, vLLM) and the prompt is text; else an
        estimate."""
        if self._closed:
            raise EngineError("The engine is closed.")
        try:
            return self._counter.count(prompt)
        except Refused as refused:
            raise explained(refused, self._client.endpoint, Asked("/tokenize")) from None
        except Aborted:
            raise EngineError("The engine is closed.") from None

    def snapshot(self, path: Path, key: str, *, wait: bool = True, leaving: bool = False) -> int:
        """There is nothing to write: the state stays at the server."""
        del path, key, wait, leaving
        return 0

    def restore(self, path: Path, key: str) -> int:
        del path, key
        return 0

    def cancel(self) -> None:
        if (call := self._call) is not None:
            call.cancel()

    def close(self) -> None:
        self._closed = True
        self.cancel()
        self._client.close()

    def _begin(self) -> tuple[int, Call]:
        number = self._claims.claim("stream")
        self._call = call = self._client.call()
        return number, call

    def _released(
        self, number: int, call: Call, event: Event, events: Iterator[Event]
    ) -> Generator[Event, None, None]:
        """The next request may come as soon as the last event is there."""
        while not isinstance(event, Done):
            yield event
            event = next(events)
        self._leave(number, call)
        yield event

    def _leave(self, number: int, call: Call) -> None:
        """Nobody reads on: what still comes is cut off."""
        call.cut()
        if self._call is call:
            self._call = None
        self._claims.release(number)


def _info(endpoint: Endpoint, server: Server, n_ctx: int, seconds: float) -> EngineInfo:
    """What is known from afar; 0 and "" are what is not."""
    n_embd, n_vocab = server.number("n_embd"), server.number("n_vocab")
    n_ctx_train = server.number("n_ctx_train")
    return EngineInfo(
        name=server.name, path=f"{server.name} at {endpoint.host}", architecture="",
        ftype=str(server.facts.get("ftype") or ""), n_params=server.number("n_params"),
        n_vocab=n_vocab, n_ctx=n_ctx, n_ctx_train=n_ctx_train or n_ctx, n_embd=n_embd,
        n_head=0, n_head_kv=0, n_layer=0, n_rot=0, n_ff=0, n_batch=0, n_ubatch=0,
        threads=0, threads_batch=0, chat_template="", bos=server.bos, eos=server.eos,
        cache_type_k="", cache_type_v="", rung="", system_info="", memory=Memory(),
        load_seconds=seconds, server=endpoint.host,
    )  # fmt: skip
