"""Every setting with the value that counts and where it comes from.

File, environment and defaults brought together, for `show` and for hints. Knows nothing of output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from llamachat.cli.flags.parse import parse
from llamachat.cli.flags.table import BY_NAME
from llamachat.config.keys import APP_KEYS, KEYS
from llamachat.config.values import Config
from llamachat.engine.params import RANDOM_SEED, EngineOptions, GenerateParams, SamplingParams


@dataclass(frozen=True, slots=True)
class Setting:
    """One row; `value` is None where it depends, and `words` then say on what."""

    key: str
    value: Any
    source: str
    """ "default", a variable, or file, line and column"""
    words: str = ""


def defaults() -> dict[str, Any]:
    """What holds where nothing is said, by full name; keys without a fixed value are missing."""
    values: dict[str, Any] = {"n_predict": GenerateParams().n_predict}
    values |= {name: getattr(Config(), name) for name in APP_KEYS if name not in values}
    for table, params in (("engine", EngineOptions(Path())), ("sampling", SamplingParams())):
        values |= {f"{table}.{field.name}": getattr(params, field.name) for field in fields(params)}
    values |= {"engine.threads": -1, "engine.threads_batch": -1}  # as llama.cpp writes "decide"
    return {key: _plain(values[key]) for key in KEYS if values[key] is not None}


def settings(config: Config, environ: Mapping[str, str]) -> Iterator[Setting]:
    """All of them, in the order of the file.

    Raises:
        UsageError: a LLAMA_ARG_* variable has a bad value.
    """
    usual, exported = defaults(), parse([], environ).values
    written = _written(config)
    for key, known in KEYS.items():
        name = key.rpartition(".")[2]
        if name in exported:
            yield Setting(key, _plain(exported[name]), variable_of(key, environ))
        elif key in written:
            yield Setting(key, _plain(written[key]), config.origins[key])
        else:
            yield Setting(key, usual.get(key), "default", known.default)
    for name, pressed in config.keys.items():
        yield Setting(f"keys.{name}", pressed, config.origins[f"keys.{name}"])


def variable_of(key: str, environ: Mapping[str, str]) -> str:
    """The environment variable that now decides about a key; empty where none does."""
    name = key.rpartition(".")[2]
    flags = [flag.env for flag in BY_NAME.values() if flag.key == name and flag.env]
    names = [variant for env in flags for variant in (env.replace("_ARG_", "_ARG_NO_"), env)]
    own = KEYS[key].variable if key in KEYS and environ.get(KEYS[key].variable) else ""
    return next((name for name in names if name in environ), own)


def _written(config: Config) -> dict[str, Any]:
    """What file and LLAMACHAT_* variables say."""
    found = {key: getattr(config, key) for key in APP_KEYS}
    found |= {f"engine.{name}": value for name, value in config.engine.items()}
    found |= {f"sampling.{name}": value for name, value in config.sampling.items()}
    return {key: value for key, value in found.items() if key in config.origins}


def _plain(value: Any) -> Any:
    """As JSON and TOML have it."""
    if isinstance(value, tuple):
        return list(value)
    return -1 if value == RANDOM_SEED and not isinstance(value, bool) else value
