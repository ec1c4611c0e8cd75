"""A server's answer, read object by object and told as engine events.

Tokens and times are the server's where it tells them (usage, llama-server's timings), else they are
counted and measured here: one object with text is one token. Reverse prompts are matched here too,
so that nothing of them is shown whatever the server does. Knows nothing of connections.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from llamachat.engine.base import (
    Chunk,
    Done,
    Event,
    FinishReason,
    Prefilled,
    Timings,
    Usage,
)
from llamachat.engine.remote.refusals import Refused
from llamachat.engine.remote.request import Request
from llamachat.engine.stop import ReversePrompts
from llamachat.engine.utf8 import Utf8Decoder
from llamachat.errors import LlamaChatError

_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""halves of surrogate pairs; the other lone ones stand for bytes"""
_MOST_TOKENS = 1 << 40


class Reading:
    """One answer, from the first object to the last event."""

    def __init__(
        self, request: Request, stops: ReversePrompts, *, n_predict: int, tokens: int
    ) -> None:
        """`tokens` of the prompt, known or estimated."""
        self._request = request
        self._stops = stops
        self._n_predict = n_predict
        self._decoder = Utf8Decoder()
        self._prompt = Prefilled(0, tokens, 0)
        self._told_prompt = False
        self._usage = Usage(prompt=tokens)
        self._timings: Mapping[str, Any] = {}
        self._counted = self._chunked = 0
        self._finish = self._stop = ""
        self._began = time.perf_counter()
        self._first = self._last = 0.0
        self.begun = False
        """some of the text has come"""

    @property
    def finished(self) -> bool:
        """The server has said why it ended, or a reverse prompt was met."""
        return bool(self._finish or self._stops.matched)

    @property
    def matched(self) -> bool:
        """A reverse prompt that the server did not stop at."""
        return bool(self._stops.matched)

    @property
    def prompt_tokens(self) -> int:
        """As the server told; 0 where it did not."""
        return self._usage.prompt if self._told_prompt else 0

    def take(self, found: Any) -> Iterator[Event]:
        """One object of the stream.

        Raises:
            Refused: it is an error.
            TypeError: it is nothing that belongs into an answer.
        """
        if not isinstance(found, dict):
            raise TypeError
        fault = found if found.get("object") == "error" else found.get("error")
        if fault:
            raise _refusal(fault)
        self._note(found)
        progress = found.get("prompt_progress")
        if isinstance(progress, dict) and not self.begun:
            yield from self._progressed(progress)
        choices = found.get("choices")
        if isinstance(choices, list) and choices:
            if not isinstance(choices[0], dict):
                raise TypeError
            yield from self._choice(choices[0], found)

    def rest(self) -> Iterator[Event]:
        """What was held back, once no more comes."""
        text = self._stops.push(self._decoder.finish()) + self._stops.finish()
        if text:
            yield from self._prompt_read()
            yield self._chunk(text)
        elif self.finished:
            yield from self._prompt_read()

    def done(self, reason: FinishReason | None = None, fault: LlamaChatError | None = None) -> Done:
        """The last event; `reason` where it was not the server who ended the answer."""
        usage = self._usage
        if usage.generated < self._counted:
            usage = Usage(usage.prompt, usage.cached, self._counted)
        found, stop = (reason, "") if reason else self._reason(usage.generated)
        return Done(found, usage, self._measured(usage), stop=stop, fault=fault)

    def _choice(self, choice: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Event]:
        delta = choice.get("delta")
        said = delta if isinstance(delta, dict) else {}
        text = said.get("content") if said else choice.get("text")
        thought = said.get("reasoning_content") or said.get("reasoning")
        if text or thought:
            self._heard(found)
        if isinstance(text, str) and text:
            yield from self._written(text)
        if finish := choice.get("finish_reason"):
            self._finish = str(finish)
            if isinstance(stop := choice.get("stop_reason"), str):
                self._stop = stop
        more = found.get("__verbose")
        if isinstance(more, dict) and more.get("stop_type"):
            self._finish = f"llama.cpp:{more['stop_type']}"
            self._stop = str(more.get("stopping_word") or "")

    def _written(self, text: str) -> Iterator[Event]:
        data = _LONE.sub("\ufffd", text).encode("utf-8", "surrogateescape")
        if shown := self._stops.push(self._decoder.push(data)):
            yield from self._prompt_read()
            yield self._chunk(shown)

    def _chunk(self, text: str) -> Chunk:
        self.begun = True
        count, self._chunked = self._counted - self._chunked, self._counted
        return Chunk(text, count)

    def _heard(self, found: Mapping[str, Any]) -> None:
        """One more token, or as many as the server has counted."""
        self._last = time.perf_counter()
        self._first = self._first or self._last
        timings = found.get("timings")
        told = _whole(timings.get("predicted_n")) if isinstance(timings, dict) else 0
        self._counted = max(told, self._counted + (0 if told else 1))

    def _note(self, found: Mapping[str, Any]) -> None:
        timings, usage = found.get("timings"), found.get("usage")
        if isinstance(timings, dict):
            self._timings = timings
            cached = _whole(timings.get("cache_n"))
            prompt = cached + _whole(timings.get("prompt_n"))
            self._tell(prompt, cached, _whole(timings.get("predicted_n")))
        if isinstance(usage, dict):
            details = usage.get("prompt_tokens_details")
            cached = _whole(details.get("cached_tokens")) if isinstance(details, dict) else 0
            self._tell(
                _whole(usage.get("prompt_tokens")),
                cached or self._usage.cached,
                _whole(usage.get("completion_tokens")),
            )

    def _tell(self, prompt: int, cached: int, generated: int) -> None:
        if prompt:
            self._told_prompt = True
            self._usage = Usage(prompt, min(cached, prompt), max(generated, self._usage.generated))

    def _progressed(self, progress: Mapping[str, Any]) -> Iterator[Event]:
        total, done = _whole(progress.get("total")), _whole(progress.get("processed"))
        if total and self._prompt.done <= done <= total:
            self._prompt = Prefilled(done, total, min(_whole(progress.get("cache")), done))
            self._tell(total, self._prompt.cached, 0)
            yield self._prompt

    def _prompt_read(self) -> Iterator[Event]:
        """Where text comes the prompt has been read, whether that was told or not."""
        if self.begun:
            return
        total = self._usage.prompt or self._prompt.total
        if not (self._prompt.done == self._prompt.total == total and total):
            self._prompt = Prefilled(total, total, self._usage.cached)
            yield self._prompt

    def _reason(self, generated: int) -> tuple[FinishReason, str]:
        if self._stops.matched:
            return "stop", self._stops.matched
        match self._finish:
            case "length" | "llama.cpp:limit":
                limited = 0 <= self._n_predict <= generated
                return ("length" if limited else "context"), ""
            case "llama.cpp:word":
                return "stop", self._request.stops.get(self._stop, self._stop)
            case "stop" if self._stop or self._request.stops:
                # most servers do not say whether the model or a reverse prompt ended it
                given = list(self._request.stops.values())
                only = given[0] if len(given) == 1 else ""
                return "stop", self._request.stops.get(self._stop, self._stop) or only
        return "eos", ""

    def _measured(self, usage: Usage) -> Timings:
        first = self._first - self._began if self._first else 0.0
        prefill = _seconds(self._timings.get("prompt_ms")) or first
        decode = _seconds(self._timings.get("predicted_ms"))
        if not decode and usage.generated > 1:
            decode = self._last - self._first
        return Timings(prefill, decode, first)


def _refusal(fault: object) -> Refused:
    import json

    code = fault.get("code") if isinstance(fault, dict) else None
    status = code if isinstance(code, int) and 300 <= code < 600 else 500
    return Refused(status, {}, json.dumps({"error": fault}))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and 0 < value < _MOST_TOKENS else 0


def _seconds(milliseconds: object) -> float:
    if isinstance(milliseconds, int | float) and 0 < milliseconds < 1e12:
        return milliseconds / 1e3
    return 0.0
