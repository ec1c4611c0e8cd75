"""How fast an engine reads and writes with more and more tokens in its context.

A text is read up to each depth in turn, so that only what is new is evaluated, and a few tokens
are written there. Knows the engine contract, nothing of files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from llamachat.compare.figures import Depth
from llamachat.compare.settings import N_DECODE
from llamachat.engine.base import Done, Engine
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.prompt import Prompt, raw_prompt
from llamachat.errors import EngineError

GREEDY = SamplingParams(temp=0, ignore_eos=True)
WARM = "Before anything is measured all weights are touched once, as llama-bench does it too. "


def speeds(
    engine: Engine, text: str, depths: Sequence[int], say: Callable[[str], object]
) -> Iterator[Depth]:
    """The speed at each depth, from the least.

    Args:
        text: what is read; repeated where it is short.
        say: told what is going on.

    Raises:
        EngineError: the engine failed.
    """
    say("warming up")
    _decode(engine, raw_prompt(WARM * 3), 4)
    for depth in depths:
        prompt = prompt_of(engine, text, max(depth, 2))
        read = None
        if depth:
            say(f"reading {depth:,} tokens")
            read = _prefill(engine, prompt)
        say(f"writing at depth {depth:,}")
        yield Depth(depth, read, _decode(engine, prompt, N_DECODE))


def prompt_of(engine: Engine, text: str, n_tokens: int) -> Prompt:
    """The beginning of the text that has so many tokens, or one less where a word is cut."""
    text = (text or " ") * (1 + n_tokens * 16 // max(len(text), 1))
    low, high = 1, min(len(text), 16 * n_tokens)
    middle = min(high, 4 * n_tokens)
    while low < high:
        found = engine.count(raw_prompt(text[:middle]))
        if n_tokens - 1 <= found <= n_tokens:
            return raw_prompt(text[:middle])
        low, high = (middle, high) if found < n_tokens else (low, middle - 1)
        middle = max(low + 1, min(high, middle * n_tokens // max(found, 1)))
    return raw_prompt(text[:low])


def _prefill(engine: Engine, prompt: Prompt) -> float | None:
    """Tokens per second, those that were in the cache not counted."""
    began = time.perf_counter()
    steps = list(engine.prefill(prompt))
    passed = time.perf_counter() - began
    new = steps[-1].done - steps[0].cached if steps else 0
    return new / passed if new > 1 else None


def _decode(engine: Engine, prompt: Prompt, n_predict: int) -> float:
    """Tokens per second after the first.

    Raises:
        EngineError: the engine died, or wrote nothing.
    """
    for event in engine.generate(prompt, GenerateParams(n_predict, sampling=GREEDY)):
        if isinstance(event, Done):
            if event.fault is not None:
                raise event.fault
            return event.timings.decode_rate(event.usage)
    raise EngineError("The engine ended a stream without a word.")
