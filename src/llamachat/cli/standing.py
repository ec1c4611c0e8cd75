"""What stands for every start, below the flags of this one: the settings file and its variables.

`Given` remembers which values these are, for a person who typed -T means it otherwise than one who
once wrote it into a file. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from llamachat.cli.flags.given import Given
from llamachat.config.reading import MEND
from llamachat.config.values import Config
from llamachat.engine.params import EngineOptions, SamplingParams
from llamachat.errors import UsageError


def above(config: Config, given: Given) -> Given:
    """The flags and LLAMA_ARG_* variables over the settings.

    Raises:
        UsageError: the engine does not take a value of the settings.
    """
    check(config)
    named = {
        "model": config.model,
        "endpoint": config.endpoint,
        "endpoint_model": config.endpoint_model,
        "api_key_file": config.api_key_file,
        "prompt_template": config.prompt_template,
        "n_predict": config.n_predict,
    }
    values: dict[str, object] = {key: value for key, value in named.items() if value is not None}
    values |= {**config.engine, **config.sampling}
    return Given(values | given.values, standing=frozenset(values.keys() - given.values.keys()))


def check(config: Config) -> None:
    """Raises UsageError, with file and line, for the first value the engine does not take."""
    for table, values in (("engine", config.engine), ("sampling", config.sampling)):
        for name, value in values.items():
            try:
                check_value(f"{table}.{name}", value)
            except UsageError as error:
                sentence = error.message.rstrip(".")
                raise config.error(f"{table}.{name}", sentence, error.hint or MEND) from None


def check_value(key: str, value: object) -> None:
    """Raises UsageError where the engine does not take this value; `key` is a full name."""
    table, _, name = key.rpartition(".")
    if table in _BUILD:
        _BUILD[table](**{name: value})


_BUILD: Mapping[str, Callable[..., Any]] = {
    "engine": partial(EngineOptions, Path()),
    "sampling": SamplingParams,
}
