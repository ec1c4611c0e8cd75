"""One answer of a server, with all that may happen on the way.

Until the first text a broken line or a busy server is tried again; from then on never, for the
server would begin another answer: what has come is kept, and the last event says what happened.
Knows the call and the reading; nothing of claims.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial

from llamachat.engine.base import Done, Event, Trimmed, Usage
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.engine.remote.client import Call, Client, failures
from llamachat.engine.remote.counting import Counter
from llamachat.engine.remote.events import BrokenOff, Garbled
from llamachat.engine.remote.exchange import Aborted
from llamachat.engine.remote.forgetting import Fitted, Forgetting
from llamachat.engine.remote.outages import died
from llamachat.engine.remote.reading import Reading
from llamachat.engine.remote.refusals import Asked, Refused, TooLong, explained
from llamachat.engine.remote.request import Request, request_for
from llamachat.engine.remote.server import Server
from llamachat.engine.stop import ReversePrompts
from llamachat.errors import LlamaChatError

REFUSALS: tuple[type[Exception], ...] = (Refused, LlamaChatError)
"""what a server says no with, and why it cannot be asked"""


@dataclass(slots=True)
class Answering:
    """Asks one server for one answer after another."""

    client: Client
    server: Server
    counter: Counter
    n_ctx: int
    forgetting: Forgetting = field(default_factory=Forgetting)

    def events(
        self, call: Call, prompt: Prompt, params: GenerateParams
    ) -> Generator[Event, None, None]:
        """Prefilled …, Chunk …, Done. Before the first event it raises what `generate` raises.

        A context that a server turns out to have is kept, and where turns may be dropped the
        prompt is cut to it and sent once more.
        """
        ReversePrompts(params.stop)  # refuses an empty one
        gone = self.forgetting.gone
        try:
            yield from self._try(call, prompt, params)
        except LlamaChatError as refusal:
            self.forgetting.gone = gone  # nothing was sent, so nothing was dropped
            if not (isinstance(refusal, TooLong) and self._learn(prompt, refusal)):
                raise
            if not params.context_shift:
                raise
            yield from self._try(call, prompt, params)

    def _learn(self, prompt: Prompt, refusal: TooLong) -> bool:
        """Whether the server has told anything."""
        if refusal.n_ctx:
            self.n_ctx = min(self.n_ctx, refusal.n_ctx)
        if refusal.n_prompt:
            self.counter.learn(prompt, refusal.n_prompt)
        return bool(refusal.n_ctx or refusal.n_prompt)

    def _try(
        self, call: Call, prompt: Prompt, params: GenerateParams
    ) -> Generator[Event, None, None]:
        try:
            fitted = self._fitted(call, prompt, drop=params.context_shift)
        except Aborted:
            yield Done("cancelled", Usage(prompt=self.counter.estimate(prompt)))
            return
        request = request_for(fitted.prompt, params, self.server)
        told = False
        while True:
            reading = self._reading(request, fitted, params)
            trimmed = None if told else fitted.trimmed
            try:
                for event in self._stream(call, request, reading, trimmed):
                    told = True
                    yield event
                self.counter.learn(fitted.prompt, reading.prompt_tokens)
                yield reading.done()
                return
            except (*REFUSALS, *failures()) as error:
                try:
                    fault = self._again(call, error, request, begun=reading.begun)
                except Aborted:
                    yield from reading.rest()
                    yield reading.done("cancelled")
                    return
            if fault is None:
                continue
            if not told:
                raise fault
            yield from reading.rest()
            yield reading.done("died", died(fault, self.client.endpoint))
            return

    def _fitted(self, call: Call, prompt: Prompt, *, drop: bool) -> Fitted:
        """Counting may ask the server; what cancels the answer cancels that too."""
        count = partial(self.counter.count, call=call)
        return self.forgetting.fit(prompt, count, self.n_ctx, drop=drop)

    def _stream(
        self, call: Call, request: Request, reading: Reading, trimmed: Trimmed | None
    ) -> Generator[Event, None, None]:
        """One try. Behind the last word there are only figures: a line that breaks there has broken
        nothing off."""
        try:
            yield from self._read(call, request, reading, trimmed)
        except failures():
            if not reading.finished:
                raise
        if not reading.finished:
            raise BrokenOff
        yield from reading.rest()

    def _read(
        self, call: Call, request: Request, reading: Reading, trimmed: Trimmed | None
    ) -> Generator[Event, None, None]:
        for value in call.values(self.client.endpoint.api(request.path), request.body):
            if trimmed is not None:
                yield trimmed
                trimmed = None
            try:
                yield from reading.take(value)
            except TypeError:
                raise Garbled from None
            if reading.matched:
                call.cut()
                return

    def _again(
        self, call: Call, error: Exception, request: Request, *, begun: bool
    ) -> Exception | None:
        """None: it is tried once more, after a pause; else what is wrong, in words.

        Raises:
            Aborted: nobody wants it any more.
        """
        if call.cancelled or isinstance(error, Aborted):
            raise Aborted
        if isinstance(error, LlamaChatError):
            return error
        if not begun and call.try_again(error):
            return None
        if isinstance(error, Refused):
            asked = Asked(f"/v1{request.path}", request.extras)
            return explained(error, self.client.endpoint, asked)
        return error if begun else call.lost(error)

    def _reading(self, request: Request, fitted: Fitted, params: GenerateParams) -> Reading:
        tokens = fitted.tokens or self.counter.estimate(fitted.prompt)
        stops = ReversePrompts(params.stop)
        return Reading(request, stops, n_predict=params.n_predict, tokens=tokens)


def done_without_asking(tokens: int) -> Done:
    """Nothing is to be generated."""
    return Done("length", Usage(prompt=tokens))
