"""One answer of an engine, with its times. Knows the engine contract; makes no prompts."""

from __future__ import annotations

import time

from llamachat.compare.figures import Answer
from llamachat.engine.base import Chunk, Done, Engine
from llamachat.engine.params import GenerateParams
from llamachat.engine.prompt import Prompt
from llamachat.errors import EngineDied, LlamaChatError


def answer(engine: Engine, prompt: Prompt, params: GenerateParams) -> Answer:
    """What the engine says; a prompt that it refuses is an answer with a fault.

    Raises:
        EngineDied: the engine's process is gone.
    """
    began = time.perf_counter()
    said: list[str] = []
    done = Done("died")
    try:
        for event in engine.generate(prompt, params):
            if isinstance(event, Chunk):
                said.append(event.text)
            elif isinstance(event, Done):
                done = event
    except EngineDied:
        raise
    except LlamaChatError as refusal:
        return Answer("", 0, 0.0, 0.0, 0.0, "refused", refusal.message)
    if done.fault is not None:
        raise done.fault
    text = "".join(said).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return Answer(
        text.strip(),
        done.usage.generated,
        time.perf_counter() - began,
        done.timings.first_token,
        done.timings.decode_rate(done.usage),
        done.reason,
    )
