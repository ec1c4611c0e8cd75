"""One answer: sample, decode, turn tokens into text, notice why it ends.

Knows the cache and the sampler; nothing of chats. Yields text as soon as it can not be part of a
half character or of a reverse prompt.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace

from llamachat.engine.base import (
    Chunk,
    Done,
    Event,
    FinishReason,
    Prefilled,
    Timings,
    Trimmed,
    Usage,
)
from llamachat.engine.context import Tokens, half_of_the_rest, oldest_turns
from llamachat.engine.draft_budget import DraftBudget
from llamachat.engine.llama.cache import Cache
from llamachat.engine.llama.model import LoadedModel
from llamachat.engine.llama.probabilities import Probabilities
from llamachat.engine.llama.sampler import Sampler
from llamachat.engine.llama.speculation import Speculation
from llamachat.engine.llama.vocab import as_bytes
from llamachat.engine.params import GenerateParams
from llamachat.engine.stop import ReversePrompts
from llamachat.engine.utf8 import Utf8Decoder
from llamachat.errors import LlamaChatError
from llamachat.hardware.memory import resident_bytes


class Answer:
    """State and figures of one `generate` stream."""

    def __init__(
        self,
        cache: Cache,
        loaded: LoadedModel,
        sampler: Sampler,
        params: GenerateParams,
        budget: DraftBudget | None = None,
    ) -> None:
        self._cache = cache
        self._loaded = loaded
        self._vocab = loaded.vocab
        self._sampler = sampler
        self._ahead = Speculation(cache, budget, n_ubatch=loaded.info.n_ubatch)
        self._params = params
        self._probabilities = Probabilities(loaded.vocab, params.n_probs)
        self._stops = ReversePrompts(params.stop)
        self._utf8 = Utf8Decoder()
        self._sampled: list[int] = []
        self._unreported = 0
        self._shown: list[str] = []
        self._started = time.perf_counter()
        self._evaluated = 0.0
        self._first = 0.0
        self._n_prompt = 0
        self._n_cached = 0
        self.dropped = 0

    def prefilled(self, event: Prefilled) -> None:
        self._n_prompt, self._n_cached = event.total, event.cached

    def stream(self, prompt: Tokens) -> Iterator[Event]:
        """Everything after the prefill, Done included."""
        self._evaluated = time.perf_counter()
        reason: FinishReason = "cancelled"
        if len(self._cache) == len(prompt) and not self._cache.stopped:
            self._sampler.start(prompt.ids)
            self._ahead.start(prompt.ids)
            try:
                reason = yield from self._decode(prompt)
            finally:
                self._ahead.settle()
            if rest := self._stops.push(self._utf8.finish()) + self._stops.finish():
                yield self._chunk(rest)
            if not self._loaded.options.deterministic:
                self._remember()
        yield self.done(reason)

    def done(self, reason: FinishReason, fault: LlamaChatError | None = None) -> Done:
        """The last event, with the figures so far."""
        now = time.perf_counter()
        timings = Timings(
            prefill=(self._evaluated or now) - self._started,
            decode=now - self._first if self._first else 0.0,
            first_token=self._first - self._started if self._first else 0.0,
        )
        ahead = self._ahead
        usage = Usage(
            self._n_prompt,
            self._n_cached,
            len(self._sampled),
            self.dropped,
            drafted=ahead.drafted,
            accepted=ahead.accepted,
        )
        memory = replace(self._loaded.info.memory, resident=resident_bytes())
        return Done(reason, usage, timings, memory, stop=self._stops.matched or "", fault=fault)

    def _decode(self, prompt: Tokens) -> Generator[Event, None, FinishReason]:
        """Sample and evaluate until something ends the answer; returns what did."""
        turn, ahead = prompt.turns[-1], self._ahead
        n_predict, context = self._params.n_predict, self._loaded.context
        while len(self._sampled) != n_predict:
            token = self._sampler.sample(context, ahead.row)
            if token is None:
                return "eos"
            if not self._first:
                self._first = time.perf_counter()
            self._probabilities.sampled(context, ahead.row, token)
            self._sampled.append(token)
            self._unreported += 1
            piece = self._vocab.piece(token, special=self._params.special)
            if text := self._stops.push(self._utf8.push(piece)):
                yield self._chunk(text)
            if self._vocab.is_end(token):
                return "eos"
            if self._stops.matched:
                return "stop"
            if len(self._sampled) == n_predict:
                return "length"
            if ahead.held + 1 >= self._loaded.info.n_ctx:
                trimmed = self._make_room(len(prompt))
                if trimmed is None:
                    return "context"
                yield trimmed[0]
                self._cache.remove(*trimmed[1])
                ahead.start(self._cache.log.ids)
            if self._cache.stopped or not ahead.advance(token, turn, most=self._room()):
                return "cancelled"
        return "length"

    def _room(self) -> int:
        """Tokens after the next one that the answer and the context have room for."""
        room = self._loaded.info.n_ctx - 2 - self._ahead.held
        if self._params.n_predict < 0:
            return room
        return min(room, self._params.n_predict - len(self._sampled) - 1)

    def _chunk(self, text: str) -> Chunk:
        self._shown.append(text)
        count, self._unreported = self._unreported, 0
        return Chunk(text, count, self._probabilities.shown(text))

    def _make_room(self, n_prompt: int) -> tuple[Trimmed, tuple[int, int]] | None:
        """What to drop from a full context: announced first, removed after."""
        params, log, n_ctx = self._params, self._cache.log, self._loaded.info.n_ctx
        if not params.context_shift or params.n_predict == -2 or not self._cache.can_shift:
            return None
        if log.preamble() < len(log):
            found = oldest_turns(log, n_ctx=n_ctx)
            if found is None:
                return None
            turns, start, end = found
        else:
            half = half_of_the_rest(log, n_keep=self._n_keep(n_prompt))
            if half is None:
                return None
            turns, start, end = (), *half
        self.dropped += end - start
        return Trimmed(turns, end - start), (start, end)

    def _n_keep(self, n_prompt: int) -> int:
        """llama-completion's rule: −1 or too many = the whole prompt; the first token always."""
        keep = self._params.n_keep
        if keep < 0 or keep > n_prompt:
            return n_prompt
        return keep + int(self._vocab.add_bos)

    def _remember(self) -> None:
        """Tell the vocabulary which tokens the shown text was sampled as.

        Callers may store an answer with or without the white space at its end, so both are told.
        Special tokens that were shown are text from then on.
        """
        if self._params.special:
            return
        shown = "".join(self._shown)
        wanted = {len(as_bytes(text)): text for text in (shown, shown.rstrip())}
        data, position = as_bytes(shown), 0
        for count, token in enumerate([*self._sampled, -1]):
            if text := wanted.pop(position, ""):
                self._vocab.remember_spoken(text, tuple(self._sampled[:count]))
            piece = self._vocab.piece(token) if token >= 0 else b""
            if data[position : position + len(piece)] != piece:
                return
            position += len(piece)
