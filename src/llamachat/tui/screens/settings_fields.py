"""The rows of the settings screen: what each shows, what may be typed, what it explains.

A typed text becomes a changed value or one sentence that says why not. Knows nothing of widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from llamachat.bundled import bundled_model, default_model
from llamachat.config.keys import KEYS
from llamachat.config.typed import parse_value
from llamachat.config.values import Config
from llamachat.engine.params import AUTO, RANDOM_SEED, EngineOptions, SamplingParams
from llamachat.errors import ModelError, UsageError
from llamachat.tui.hints import told
from llamachat.tui.screens.settings_groups import FIELDS, START, Field

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
    config: Config = field(default_factory=Config)
    """the other keys of the app"""


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


def waiting(before: Settings, after: Settings) -> list[str]:
    """The keys that were changed and act from the next start on."""
    rows = (row.key for row in START.fields)
    return [key for key in rows if _value(before, key) != _value(after, key)]


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
    if text in row.words:
        return row.words[text]
    if row.choices:
        return text
    try:
        return parse_value(KEYS[row.key], text)
    except ValueError as expected:
        also = "".join(f", or {word}" for word in row.words if word)
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
    return getattr(settings if hasattr(settings, key) else settings.config, key)


def _with(settings: Settings, key: str, value: Any) -> Settings:
    table, _, name = key.rpartition(".")
    if table == "sampling":
        return replace(settings, sampling=replace(settings.sampling, **{name: value}))
    if table == "engine" or key == "model":
        return replace(settings, options=replace(settings.options, **{name: value}))
    if hasattr(settings, key):
        return replace(settings, **{key: value})
    return replace(settings, config=replace(settings.config, **{key: value}))
