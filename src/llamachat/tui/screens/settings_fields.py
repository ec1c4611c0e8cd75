"""The rows of the settings screen: what each shows, what may be typed, what it explains.

A typed text becomes a changed value or one sentence that says why not. Knows nothing of widgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from llamachat.bundled import bundled_model, default_model
from llamachat.config.keys import KEYS
from llamachat.config.typed import parse_value
from llamachat.engine.params import AUTO, KV_CACHE_TYPES, RANDOM_SEED, EngineOptions, SamplingParams
from llamachat.errors import ModelError, UsageError
from llamachat.tui.hints import told

WHOLE_V = (AUTO, "f32", "f16", "bf16")
"""V caches that llama.cpp uses without flash attention"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the screen is given, and what it gives back."""

    options: EngineOptions
    sampling: SamplingParams
    n_predict: int
    theme: str
    panel: str
    prompt_template: str | None = None
    """None leaves its row out"""


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

MODEL = Group(
    "Model",
    "loads the model again; the chat stays",
    (
        Field("model", "model", "a name, or a .gguf file"),
        Field("engine.n_ctx", "context", "tokens the model can look back on; 0 = as many as fit"),
        Field("engine.threads", "threads", "for answers; auto = the fast cores", words=_AUTO),
        Field(
            "engine.threads_batch", "threads for prompts", "auto = the same as above", words=_AUTO
        ),
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
    ),
)

ANSWERS = Group(
    "Answers",
    "from the next answer on",
    (
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
    ),
)

SCREEN = Group(
    "Screen",
    "at once",
    (
        Field("theme", "theme", "all colours"),
        Field("panel", "live figures", "beside the chat, in one line, or none"),
    ),
)
GROUPS = (MODEL, ANSWERS, SCREEN)
FIELDS: Mapping[str, Field] = {row.key: row for group in GROUPS for row in group.fields}


def text_of(settings: Settings, row: Field) -> str:
    """What the row shows."""
    value = _value(settings, row.key)
    if row.key == "model":
        return "" if value == bundled_model() else str(value)
    return next((word for word, meant in row.words.items() if meant == value), str(value))


def changed(settings: Settings, row: Field, text: str) -> Settings:
    """The settings with what was typed into the row.

    Raises:
        ValueError: a sentence that says what is wrong.
    """
    try:
        return _with(settings, row.key, _read(row, text.strip()))
    except UsageError as error:
        raise ValueError(told(error)) from None


def conflict(settings: Settings) -> tuple[str, str] | None:
    """A row and what is wrong with it beside another one."""
    options = settings.options
    if options.flash_attention == "off" and options.cache_type_v not in WHOLE_V:
        return "engine.flash_attention", f"A V cache of {options.cache_type_v} needs auto or on."
    return None


def file_values(before: Settings, after: Settings) -> dict[str, object]:
    """What was changed, as `config.writing.write_values` takes it; None has the default back."""
    values: dict[str, object] = {}
    for row in FIELDS.values():
        value = _value(after, row.key)
        if value == _value(before, row.key):
            continue
        if row.key == "model":
            value = None if value == bundled_model() else str(value)
        values[row.key] = -1 if row.key == "sampling.seed" and value == RANDOM_SEED else value
    return values


def _read(row: Field, text: str) -> Any:
    if row.key == "model":
        return _model(text)
    if row.choices or row.key not in KEYS:
        return text
    if text in row.words:
        return row.words[text]
    try:
        return parse_value(KEYS[row.key], text)
    except ValueError as expected:
        also = "".join(f", or {word}" for word in row.words)
        raise ValueError(f"Takes {expected}{also}.") from None


def _model(text: str) -> Path:
    if not text:
        return default_model().path
    from llamachat.models.library import model_file  # 15 ms, for those who change it

    try:
        path = model_file(text).absolute()
    except ModelError as error:
        raise ValueError(told(error)) from None
    if path.is_file():
        return path
    raise ValueError("This is a folder." if path.is_dir() else "There is no such file.")


def _value(settings: Settings, key: str) -> Any:
    table, _, name = key.rpartition(".")
    if table == "sampling":
        return getattr(settings.sampling, name)
    if table == "engine" or key == "model":
        return getattr(settings.options, name)
    return getattr(settings, name)


def _with(settings: Settings, key: str, value: Any) -> Settings:
    table, _, name = key.rpartition(".")
    if table == "sampling":
        return replace(settings, sampling=replace(settings.sampling, **{name: value}))
    if table == "engine" or key == "model":
        return replace(settings, options=replace(settings.options, **{name: value}))
    return replace(settings, **{name: value})
