"""llamachat: a quantized Llama on an ordinary computer's CPU, in the terminal and from Python.

    from llamachat import open_engine, raw_prompt, Chunk, GenerateParams

    with open_engine("model.gguf") as engine:
        for event in engine.generate(raw_prompt("Once upon a time"), GenerateParams(n_predict=64)):
            if isinstance(event, Chunk):
                print(event.text, end="", flush=True)

What goes wrong is a `LlamaChatError`, whose kinds `llamachat.errors` draws. Importing this package
loads neither numpy nor llama.cpp: names are resolved on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamachat.engine.base import Chunk as Chunk
    from llamachat.engine.base import Done as Done
    from llamachat.engine.base import Engine as Engine
    from llamachat.engine.base import Event as Event
    from llamachat.engine.base import Prefilled as Prefilled
    from llamachat.engine.base import Trimmed as Trimmed
    from llamachat.engine.open import open_engine as open_engine
    from llamachat.engine.params import EngineOptions as EngineOptions
    from llamachat.engine.params import GenerateParams as GenerateParams
    from llamachat.engine.params import SamplingParams as SamplingParams
    from llamachat.engine.prompt import content as content
    from llamachat.engine.prompt import raw_prompt as raw_prompt
    from llamachat.engine.prompt import scaffold as scaffold
    from llamachat.errors import LlamaChatError as LlamaChatError

__version__ = "0.1.0"

_HOMES = {
    "Chunk": "engine.base",
    "Done": "engine.base",
    "Engine": "engine.base",
    "Event": "engine.base",
    "Prefilled": "engine.base",
    "Trimmed": "engine.base",
    "open_engine": "engine.open",
    "EngineOptions": "engine.params",
    "GenerateParams": "engine.params",
    "SamplingParams": "engine.params",
    "content": "engine.prompt",
    "raw_prompt": "engine.prompt",
    "scaffold": "engine.prompt",
    "LlamaChatError": "errors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'llamachat' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"llamachat.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
