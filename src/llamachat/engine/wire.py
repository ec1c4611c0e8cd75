"""The worker's protocol: one JSON object a line, requests in, events out.

    > {"id": 1, "op": "generate", "prompt": "Once upon a time", "params": {"n_predict": 4}}
    < {"id": 1, "event": "prefilled", "done": 5, "total": 5, "cached": 0}
    < {"id": 1, "event": "chunk", "text": ",", "n_tokens": 1}
    < {"id": 1, "event": "done", "reason": "length", …}

A prompt is a string (tokenized as llama-completion does) or a list of [kind, text, turn]. Text that
can be typed in a shell, so that a worker can be driven by hand. Knows values, not processes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from llamachat import errors
from llamachat.engine.base import (
    Candidate,
    Chunk,
    Done,
    EngineInfo,
    Event,
    Memory,
    Prefilled,
    Timings,
    TokenProbs,
    Trimmed,
    Usage,
)
from llamachat.engine.context import Inspection
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.prompt import Prompt, Segment, SegmentKind, raw_prompt
from llamachat.engine.tuning.values import Step, Task, Trying, Verdict
from llamachat.engine.typed import build
from llamachat.errors import EngineDied, EngineError, LlamaChatError, UsageError

Message = dict[str, Any]

_EVENTS: dict[str, type[Prefilled] | type[Trimmed] | type[Chunk]] = {
    "prefilled": Prefilled,
    "trimmed": Trimmed,
    "chunk": Chunk,
}
_KINDS: dict[str, SegmentKind] = {"scaffold": "scaffold", "content": "content"}


def to_line(message: Mapping[str, Any]) -> bytes:
    """ASCII only: lone surrogates and line separators survive any pipe."""
    return json.dumps(message, separators=(",", ":"), default=_plain).encode() + b"\n"


def from_line(line: bytes) -> Message:
    """Raises UsageError where the line is no JSON object."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The request is no JSON: {error}.") from None
    if not isinstance(message, dict):
        raise UsageError("A request is a JSON object.")
    return message


class Lines:
    """Cuts a stream of bytes into lines, whatever blocks it comes in."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []

    def push(self, block: bytes) -> list[bytes]:
        """The lines that are complete now, without their ends."""
        first, *others = block.split(b"\n")
        self._begun.append(first)
        if not others:
            return []
        complete = [b"".join(self._begun), *others[:-1]]
        self._begun = [others[-1]]
        return complete

    def rest(self) -> bytes:
        """What came after the last line end."""
        return b"".join(self._begun)


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} does not go over the wire")


def encode_prompt(prompt: Prompt) -> list[list[object]]:
    return [[segment.kind, segment.text, segment.turn] for segment in prompt]


def decode_prompt(value: object) -> Prompt:
    if isinstance(value, str):
        return raw_prompt(value)
    if not isinstance(value, list):
        raise UsageError("A prompt is a string or a list of [kind, text, turn].")
    return tuple(_decode_segment(item) for item in value)


def _decode_segment(item: object) -> Segment:
    match item:
        case ["scaffold" | "content" as kind, str(text), int(turn)] if turn >= 0:
            return Segment(text, _KINDS[kind], int(turn))
    raise UsageError(
        f"A segment of a prompt is [kind, text, turn], not {item!r:.80}.",
        'kind is "scaffold" or "content", turn a number from 0 up.',
    )


def encode_event(event: Event) -> Message:
    if isinstance(event, Done):
        fault = encode_error(event.fault) if event.fault else None
        return {"event": "done", **_shallow(event), "fault": fault}
    name = next(name for name, kind in _EVENTS.items() if isinstance(event, kind))
    values = _shallow(event)
    if not values.get("probs", True):
        del values["probs"]
    return {"event": name, **values}


def decode_event(message: Message) -> Event:
    values = {key: value for key, value in message.items() if key not in ("id", "event")}
    if message["event"] == "done":
        fault = values.pop("fault", None)
        return Done(
            values["reason"],
            Usage(**values["usage"]),
            Timings(**values["timings"]),
            Memory(**values["memory"]),
            stop=values["stop"],
            fault=decode_error(fault) if fault else None,
        )
    if message["event"] == "trimmed":
        values["turns"] = tuple(values["turns"])
    if message["event"] == "chunk":
        values["probs"] = tuple(map(_decode_probs, values.get("probs", ())))
    return _EVENTS[message["event"]](**values)


def _decode_probs(value: Message) -> TokenProbs:
    top = tuple(Candidate(**one) for one in value["top"])
    return TokenProbs(Candidate(**value["chosen"]), top)


def encode_error(error: LlamaChatError) -> Message:
    value = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    return {**value, "signal": error.signal} if isinstance(error, EngineDied) else value


def decode_error(value: Message) -> LlamaChatError:
    kind = getattr(errors, value["kind"], EngineError)
    if isinstance(kind, type) and issubclass(kind, EngineDied):
        return kind(value["message"], value["hint"], signal=value["signal"])
    known = isinstance(kind, type) and issubclass(kind, LlamaChatError)
    error: LlamaChatError = (kind if known else EngineError)(value["message"], value["hint"])
    return error


def decode_info(value: Message) -> EngineInfo:
    return EngineInfo(**{**value, "memory": Memory(**value["memory"])})


def decode_inspection(value: Message) -> Inspection:
    return Inspection(**{key: tuple(items) for key, items in value.items()})


def encode_step(step: Step) -> Message:
    """Of a search for the fastest setup."""
    return {"event": "verdict" if isinstance(step, Verdict) else "trying", "step": step}


def decode_step(message: Message) -> Step:
    kind: type[Step] = Verdict if message["event"] == "verdict" else Trying
    return build(kind, message["step"], "part of a step")


def decode_task(value: object) -> Task:
    """Raises UsageError where a key is unknown or a value impossible."""
    return build(Task, value, "part of a task")


def decode_params(value: object) -> GenerateParams:
    """Raises UsageError where a key is unknown or a value impossible."""
    return build(GenerateParams, value, "parameter")


def encode_options(options: EngineOptions) -> str:
    return to_line(asdict(options)).decode().strip()


def decode_options(value: object) -> EngineOptions:
    """Raises UsageError where a key is unknown or a value impossible."""
    return build(EngineOptions, value, "option")


def _shallow(value: Any) -> Message:
    return {field.name: getattr(value, field.name) for field in fields(value)}
