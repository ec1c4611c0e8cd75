"""What llama.cpp did not load or open, in the words of a person: out of memory, or its own reason.

Reads the library's log, for its functions say no more than that they failed.
"""

from __future__ import annotations

from llamachat.engine.llama.library import LibraryLog
from llamachat.engine.params import EngineOptions
from llamachat.errors import EngineError, ModelError, OutOfMemory


def model_refused(log: LibraryLog, options: EngineOptions) -> Exception:
    reason = log.last_error() or "no reason given"
    if _is_about_memory(reason):
        return OutOfMemory(
            f"There is not enough memory to load {options.model.name}.",
            "Close other programs, or take a smaller quantization of the model.",
        )
    return ModelError(
        f"{options.model.name} cannot be loaded: {reason}.",
        "Fetch or build it again; `llamachat doctor` shows the engine's version.",
    )


def context_refused(log: LibraryLog, options: EngineOptions) -> Exception:
    reason = log.last_error()
    if _is_about_memory(reason):
        return OutOfMemory(
            f"There is not enough memory for a context of {options.n_ctx or 'the default'} tokens.",
            "Try a smaller one (-c 2048), or -ctk q8_0 -ctv q8_0, which halves the KV cache.",
        )
    reason = reason or log.last_line()
    hint = "The engine's log says more."
    if "flash_attn" in reason:
        hint = "A quantized V cache (-ctv) needs flash attention: add -fa on."
    elif "block size" in reason:
        hint = "This model's heads are too small for it: leave -ctk and -ctv at f16."
    return EngineError(f"llama.cpp refused these settings: {reason or 'no reason given'}.", hint)


def _is_about_memory(reason: str) -> bool:
    return "alloc" in reason or "memory" in reason
