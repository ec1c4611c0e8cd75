"""From engine events to the objects that a server sends, as llama-server or others name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llamachat.engine.base import Chunk, Done, Event, Prefilled

_FINISH = {"eos": "stop", "stop": "stop", "length": "length", "context": "length"}
_TYPES = {"eos": "eos", "stop": "word", "length": "limit", "context": "limit"}


def event_objects(
    events: Iterator[Event], body: Any, *, talkative: bool
) -> Iterator[dict[str, Any]]:
    """One object for each event that says something to the client."""
    read = Prefilled(0, 0, 0)
    written = 0
    for event in events:
        match event:
            case Prefilled():
                read = event
                if talkative:
                    progress = {"total": event.total, "cache": event.cached}
                    yield _object(body, "") | {
                        "prompt_progress": {**progress, "processed": event.done}
                    }
            case Chunk():
                written += event.n_tokens
                more = {"timings": _timings(read, written)} if talkative else {}
                yield _object(body, event.text) | more
            case Done():
                yield from _last(event, body, talkative=talkative)


def _last(done: Done, body: Any, *, talkative: bool) -> Iterator[dict[str, Any]]:
    usage = done.usage
    last = _object(body, "", finish=_FINISH.get(done.reason, "stop"))
    if talkative:
        read = Prefilled(usage.prompt, usage.prompt, usage.cached)
        last["timings"] = _timings(read, usage.generated)
        last["__verbose"] = {"stop_type": _TYPES.get(done.reason), "stopping_word": done.stop}
    yield last
    if body.get("stream_options", {}).get("include_usage"):
        yield {
            "choices": [],
            "usage": {
                "prompt_tokens": usage.prompt,
                "completion_tokens": usage.generated,
                "prompt_tokens_details": {"cached_tokens": usage.cached},
            },
        }


def _object(body: Any, text: str, finish: str | None = None) -> dict[str, Any]:
    said: dict[str, Any] = {"delta": {"content": text}} if "messages" in body else {"text": text}
    return {"choices": [{"index": 0, **said, "finish_reason": finish}]}


def _timings(read: Prefilled, written: int) -> dict[str, float]:
    return {
        "cache_n": read.cached,
        "prompt_n": read.done - read.cached,
        "prompt_ms": 20.0,
        "predicted_n": written,
        "predicted_ms": 10.0 * written,
    }
