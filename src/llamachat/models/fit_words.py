"""What was chosen to make a model fit, or why it cannot fit, in words with figures.

Knows what the choices are; makes none.
"""

from __future__ import annotations

from typing import Protocol

from llamachat.engine.params import EngineOptions
from llamachat.hardware.memory import MemoryState
from llamachat.models.fit import Fit, gigabytes
from llamachat.models.need import Need

OVERRIDE = "-fit off loads it all the same."
SMALLER = "Close other programs, or take a smaller model: llamachat models list"


class Choice(Protocol):
    """Options, and what they take."""

    @property
    def options(self) -> EngineOptions: ...
    @property
    def need(self) -> Need: ...


def said(
    asked: EngineOptions,
    chosen: Choice,
    memory: MemoryState,
    *,
    trained: int,
    forced: bool,
    fit: Fit,
) -> tuple[str, ...]:
    """What a person should know of what was chosen; nothing where it is what everybody expects.

    Args:
        forced: the memory has no room for the first choice.
    """
    options, need, usable = chosen.options, chosen.need, gigabytes(memory.usable)
    context = f"{options.n_ctx:,} of the {trained:,} tokens of context it was trained with"
    shorter = not asked.n_ctx and options.n_ctx < trained
    if forced:
        changes = [context] if shorter else []
        changes += _changes(asked, options)
        sentence = (
            f"{options.model.name} fits into the {usable} usable here with {_listed(changes)}: "
            f"about {gigabytes(need.total)}."
        )
    elif shorter:
        sentence = f"Context: {options.n_ctx:,} tokens; the model was trained with {trained:,}."
    else:
        sentence = ""
    barely = f"It fits barely: about {gigabytes(need.total)} of the {usable} usable here."
    return tuple(filter(None, (sentence, barely if fit == "fits barely" else "")))


def refusal(smallest: Choice, other: Choice | None, memory: MemoryState) -> tuple[str, str]:
    """Message and hint.

    Args:
        smallest: what was asked for, with the least memory that it allows.
        other: what would fit if less had been asked for.
    """
    options, need = smallest.options, smallest.need
    extras = [f"{options.n_ctx:,} tokens of context"]
    if "q8_0" in (options.cache_type_k, options.cache_type_v):
        extras.append("a q8_0 KV cache")
    swapping = " It would have to swap." if _would_swap(need, memory) else ""
    message = (
        f"{options.model.name} does not fit into memory: it needs about {gigabytes(need.total)} "
        f"with {_listed(extras)}, and {gigabytes(memory.usable)} are usable{_limit(memory)}."
        f"{swapping}"
    )
    if other is None:
        return message, f"{SMALLER}; {OVERRIDE}"
    return message, f"It would fit with {_flags(other.options)}; {OVERRIDE}"


def _changes(asked: EngineOptions, options: EngineOptions) -> list[str]:
    changes = []
    if options.cache_type_k != asked.cache_type_k and options.cache_type_k == "q8_0":
        changes.append("a q8_0 KV cache")
    elif options.cache_type_v != asked.cache_type_v and options.cache_type_v == "q8_0":
        changes.append("q8_0 values in the KV cache")
    if options.load_mode != asked.load_mode:
        changes.append("its file read, not mapped (load mode none)")
    return changes


def _would_swap(need: Need, memory: MemoryState) -> bool:
    return memory.usable < need.total <= memory.usable + memory.swap_free


def _limit(memory: MemoryState) -> str:
    limit = memory.cgroup_limit
    return f" below this container's limit of {gigabytes(limit)}" if limit is not None else ""


def _flags(options: EngineOptions) -> str:
    flags = [f"-c {options.n_ctx}"]
    if options.cache_type_k != "f16":
        flags.append(f"-ctk {options.cache_type_k}")
    if options.cache_type_v != "f16":
        flags.append(f"-ctv {options.cache_type_v}")
    if options.load_mode != "auto":
        flags.append(f"-lm {options.load_mode}")
    return " ".join(flags)


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
