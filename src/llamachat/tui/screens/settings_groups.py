"""Which rows the settings screen has, in which order, and when each of them acts.

Those that people look for have words of their own here; every other key of the settings file gets
a row made of its entry in `config.keys`, so that a new one appears by itself. Knows no values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from llamachat.config.keys import APP_KEYS, ENGINE_KEYS, Key
from llamachat.config.values import Config
from llamachat.engine.params import AUTO, KV_CACHE_TYPES, RANDOM_SEED, EngineOptions
from llamachat.tui.appearance import LIVE


@dataclass(frozen=True, slots=True)
class Field:
    """One row."""

    key: str
    """full name in the settings file"""
    label: str
    explanation: str
    choices: tuple[str, ...] = ()
    words: Mapping[str, Any] = field(default_factory=dict)
    """texts that stand for a value"""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that act at the same moment."""

    title: str
    moment: str
    fields: tuple[Field, ...]


_AUTO = {"auto": None}

_MODEL = (
    Field("model", "model", "a name, or a .gguf file"),
    Field("engine.n_ctx", "context", "tokens the model can look back on; 0 = as many as fit"),
    Field("engine.threads", "threads", "for answers; auto = the fast cores", words=_AUTO),
    Field("engine.threads_batch", "threads for prompts", "auto = the same as above", words=_AUTO),
    Field(
        "engine.cache_type_k",
        "KV cache, keys",
        "q8_0 halves its memory, at some cost in exactness; auto = as the memory allows",
        (AUTO, *KV_CACHE_TYPES),
    ),
    Field("engine.cache_type_v", "KV cache, values", "as above", (AUTO, *KV_CACHE_TYPES)),
    Field(
        "engine.flash_attention",
        "flash attention",
        "a way to compute; auto = as the library finds best",
        ("auto", "on", "off"),
    ),
)
_ANSWERS = (
    Field("prompt_template", "prompt template", "who speaks, and how the dialog is written"),
    Field("sampling.temp", "temperature", "low is sober, high is inventive; 0 = the likeliest"),
    Field("sampling.top_k", "top-k", "keep the likeliest K tokens; 0 = all"),
    Field("sampling.top_p", "top-p", "keep the likeliest up to this share; 1 = all"),
    Field("sampling.min_p", "min-p", "drop what is below this share of the best; 0 = none"),
    Field("sampling.repeat_penalty", "repeat penalty", "above 1 = repeats are less likely"),
    Field(
        "sampling.seed",
        "seed",
        "the same number gives the same answer",
        words={"random": RANDOM_SEED},
    ),
    Field(
        "n_predict",
        "longest answer",
        "in tokens; -2 = until the context is full",
        words={"no limit": -1},
    ),
)
_SCREEN = (
    Field("theme", "theme", "all colours"),
    Field("panel", "live figures", "beside the chat, in one line, or none"),
)


def made(
    prefix: str,
    keys: Mapping[str, Key],
    among: type[EngineOptions] | type[Config],
    names: Iterable[str],
) -> Iterator[Field]:
    """Rows made of the table; `among` is the dataclass that holds the values."""
    defaults = {f.name: f.default for f in fields(among)}
    hints = get_type_hints(among)
    for name in names:
        if name not in defaults:
            continue
        key = keys[name]
        open_, unset = defaults[name] is None, "" if key.kind is str else "auto"
        words: dict[str, Any] = {unset: None} if open_ else {}
        if key.kind is bool:
            words |= {"on": True, "off": False}
        choices = key.choices or (get_args(hints[name]) if _is_choice(hints[name]) else ())
        default = f"; {unset or 'empty'} = {key.default}" if key.default and open_ else ""
        yield Field(
            prefix + name,
            name.replace("_", " "),
            key.summary + default,
            tuple(words) if key.kind is bool else tuple(choices),
            words,
        )


def _is_choice(hint: object) -> bool:
    return get_origin(hint) is Literal


def _others(prefix: str, keys: Mapping[str, Key], *shown: tuple[Field, ...]) -> list[str]:
    named = {row.key for rows in shown for row in rows}
    return [name for name in keys if prefix + name not in named and name not in LIVE]


_ENGINE = made("engine.", ENGINE_KEYS, EngineOptions, _others("engine.", ENGINE_KEYS, _MODEL))
MODEL = Group("Model", "loads the model again; the chat stays", _MODEL)
ANSWERS = Group("Answers", "from the next answer on", _ANSWERS)
SCREEN = Group("Screen", "at once", (*_SCREEN, *made("", APP_KEYS, Config, LIVE)))
DETAILS = Group("Model, in detail", MODEL.moment, tuple(_ENGINE))
START = Group(
    "Next start",
    "once saved as default",
    tuple(made("", APP_KEYS, Config, _others("", APP_KEYS, _MODEL, _ANSWERS, _SCREEN))),
)
GROUPS = (MODEL, ANSWERS, SCREEN, DETAILS, START)
FIRST = 3
"""groups that a person sees first; the others come once these are there"""
FIELDS: Mapping[str, Field] = {row.key: row for group in GROUPS for row in group.fields}
