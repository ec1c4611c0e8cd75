"""From flags to what the engine is told: how to load a model, how to sample an answer.

Only what was given replaces the defaults, which are llama.cpp's or those of a prompt template.
Knows nothing of prompts or dialogs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path

from llamachat.cli.escapes import unescape
from llamachat.cli.flags.given import Given
from llamachat.cli.flags.values import json_schema
from llamachat.cli.prompt_text import read_file
from llamachat.engine.params import (
    RANDOM_SEED,
    EngineOptions,
    GenerateParams,
    LoadMode,
    LoraAdapter,
    SamplingParams,
)
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded, is_folder, is_there


def model_path(given: Given) -> Path | None:
    """The file of -m, by its path or its name in the library; None where it was not given. Both
    being there, a file is meant before a model, and a model before a folder.

    Raises:
        ModelError: there is no model of that name.
    """
    name = given.text("model")
    if name is None:
        return None
    path = expanded(name)
    if "/" in name or (is_there(path) and not is_folder(path)):
        return path
    from llamachat.models.library import model_file  # 20 ms, for names only

    return model_file(name)


def engine_options(given: Given, model: Path) -> EngineOptions:
    """How the model is loaded.

    Raises:
        UsageError: an adapter file is missing.
    """
    options = replace(given.onto(EngineOptions(model)), model=model)
    adapters = tuple(chain.from_iterable(given.many("adapters", tuple)))
    for adapter in adapters:
        assert isinstance(adapter, LoraAdapter)
        if not adapter.path.is_file():
            raise UsageError(
                f"There is no adapter file {adapter.path}.",
                "Separate several adapters with commas; a scale goes with --lora-scaled.",
            )
    return replace(
        options,
        adapters=adapters,
        load_mode=_load_mode(given, options.load_mode),
        threads=_threads(given, "threads"),
        threads_batch=_threads(given, "threads_batch"),
    )


def generate_params(given: Given, base: GenerateParams) -> GenerateParams:
    """One answer's parameters over those of the prompt template.

    Raises:
        UsageError: parameters that exclude each other, or a file that cannot be read.
    """
    stops = tuple(filter(None, escaped(given, *given.many("reverse_prompt", str))))
    return replace(
        given.onto(base),
        stop=tuple(dict.fromkeys((*base.stop, *stops))),
        sampling=_sampling(given, base.sampling),
    )


def escaped(given: Given, *texts: str) -> tuple[str, ...]:
    """Values of flags with their escape sequences replaced, unless --no-escape was given."""
    return texts if given.switch("escape") is False else tuple(map(unescape, texts))


def _sampling(given: Given, base: SamplingParams) -> SamplingParams:
    plain = Given({k: v for k, v in given.values.items() if k != "dry_sequence_breakers"})
    sampling = plain.onto(base)
    if "dry_sequence_breakers" in given:
        breakers = _breakers(given.many("dry_sequence_breakers", str))
        if not given.stands("dry_sequence_breakers"):  # TOML has escapes of its own
            breakers = escaped(given, *breakers)
        sampling = replace(sampling, dry_sequence_breakers=breakers)
    if name := given.text("grammar_file"):
        sampling = replace(sampling, grammar=read_file(expanded(name)))
    if name := given.text("json_schema_file"):
        schema = read_file(expanded(name))
        try:
            sampling = replace(sampling, json_schema=json_schema(schema))
        except ValueError as expected:
            raise UsageError(f"{name} is not {expected}.") from None
    return sampling


def drawn_seed(params: GenerateParams) -> GenerateParams:
    """A random seed made definite, so that it can be told and the answer be had again."""
    if params.sampling.seed != RANDOM_SEED:
        return params
    seed = int.from_bytes(os.urandom(4)) % RANDOM_SEED
    return replace(params, sampling=replace(params.sampling, seed=seed))


def limited(given: Given, params: GenerateParams, n_predict: int | None) -> GenerateParams:
    """With the limit that a model needs, where none was given."""
    if n_predict is None or "n_predict" in given:
        return params
    return replace(params, n_predict=n_predict)


def _breakers(typed: Iterable[str]) -> tuple[str, ...]:
    """ "none" forgets those before it."""
    kept: list[str] = []
    for breaker in typed:
        kept = [] if breaker == "none" else [*kept, breaker]
    return tuple(kept)


def _load_mode(given: Given, chosen: LoadMode) -> LoadMode:
    """llama.cpp's former switches, in the words of --load-mode."""
    mapped, locked = given.switch("mmap"), given.on("mlock")
    if locked:
        return "mlock" if mapped is False else "mmap+mlock"
    if mapped is None:
        return chosen
    return "mmap" if mapped else "none"


def _threads(given: Given, key: str) -> int | None:
    """Zero and less mean that the machine decides."""
    number = given.whole(key)
    return number if number is not None and number > 0 else None
