"""The JSON of answers: OpenAI's chat completions and text completions, whole and in chunks.

Beside OpenAI's fields each answer carries `timings`, in llama-server's words. Knows nothing of
HTTP.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from llamachat.engine.base import Done, FinishReason, Prefilled, TokenProbs
from llamachat.engine.server_timings import server_timings
from llamachat.serve.log_probabilities import Json, chat_logprobs, text_logprobs
from llamachat.serve.pieces import Piece

Kind = Literal["chat", "text"]

_REASONS: dict[FinishReason, str] = {
    "eos": "stop", "stop": "stop", "length": "length", "context": "length",
}  # fmt: skip
_WHOLE = {"chat": "chat.completion", "text": "text_completion"}
_CHUNK = {"chat": "chat.completion.chunk", "text": "text_completion"}
_PREFIX = {"chat": "chatcmpl", "text": "cmpl"}


@dataclass(slots=True)
class Reply:
    """One answer on its way; every chunk of it has the same id."""

    kind: Kind
    model: str
    fingerprint: str
    top: int | None
    """alternatives to show with each token; None: no log probabilities"""
    include_usage: bool = False
    created: int = field(default_factory=lambda: int(time.time()))
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    _length: int = 0
    """characters of the chunks so far"""

    def whole(self, pieces: Sequence[Piece], done: Done) -> Json:
        """The answer as one object."""
        text = "".join(piece.text for piece in pieces)
        probs = [one for piece in pieces for one in piece.probs]
        said: Json = {"text": text}
        if self.kind == "chat":
            said = {"message": {"role": "assistant", "content": text, "refusal": None}}
        choice = self._choice(said, self._logprobs(probs), finish_reason(done))
        head = self._head(_WHOLE[self.kind])
        return {**head, "choices": [choice], "usage": usage(done), "timings": server_timings(done)}

    def opening(self) -> Json | None:
        """The chunk that says who speaks, where there is one."""
        if self.kind != "chat":
            return None
        return self._chunk({"delta": {"role": "assistant", "content": ""}})

    def chunk(self, piece: Piece) -> Json:
        said: Json = {"delta": {"content": piece.text}}
        if self.kind == "text":
            said = {"text": piece.text}
        chunk = self._chunk(said, self._logprobs(piece.probs))
        self._length += len(piece.text)
        return chunk

    def progress(self, read: Prefilled) -> Json:
        """How far the prompt is, in llama-server's words."""
        told = {"total": read.total, "cache": read.cached, "processed": read.done}
        return {**self._chunk(self._nothing), "prompt_progress": told}

    def closing(self, done: Done) -> list[Json]:
        """The chunk that says why it ended, then the usage where it is wanted."""
        closed = self._chunk(self._nothing, reason=finish_reason(done))
        last = {**closed, "timings": server_timings(done)}
        if not self.include_usage:
            return [last]
        head = self._head(_CHUNK[self.kind])
        return [last, {**head, "choices": [], "usage": usage(done)}]

    @property
    def _nothing(self) -> Json:
        """What a chunk without text says."""
        return {"delta": {}} if self.kind == "chat" else {"text": ""}

    def _chunk(self, said: Json, logprobs: Json | None = None, reason: str | None = None) -> Json:
        chunk = {
            **self._head(_CHUNK[self.kind]),
            "choices": [self._choice(said, logprobs, reason)],
        }
        return {**chunk, "usage": None} if self.include_usage else chunk

    def _choice(self, said: Json, logprobs: Json | None, reason: str | None) -> Json:
        return {"index": 0, **said, "logprobs": logprobs, "finish_reason": reason}

    def _head(self, kind: str) -> Json:
        return {
            "id": f"{_PREFIX[self.kind]}-{self.name}",
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
        }

    def _logprobs(self, probs: Sequence[TokenProbs]) -> Json | None:
        if self.top is None:
            return None
        if self.kind == "chat":
            return chat_logprobs(probs, self.top)
        return text_logprobs(probs, self.top, self._length)


def finish_reason(done: Done) -> str:
    """In OpenAI's words."""
    return _REASONS.get(done.reason, "stop")


def usage(done: Done) -> Json:
    """Token counts; the end-of-text token counts as generated."""
    counts = done.usage
    return {
        "prompt_tokens": counts.prompt,
        "completion_tokens": counts.generated,
        "total_tokens": counts.prompt + counts.generated,
        "prompt_tokens_details": {"cached_tokens": counts.cached},
    }
