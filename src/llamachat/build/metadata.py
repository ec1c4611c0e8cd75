"""All metadata of a model to be built, with the keys, types and order of llama.cpp's converter.

What describes the model (general.*) is put together from its card, its configuration and the name
of its folder by the rules of gguf-py. Knows neither tensors nor how a tokenizer is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llamachat.build.hparams import LlamaParams, hparams_metadata
from llamachat.build.model_name import NameParts, name_parts, size_label, title
from llamachat.gguf.metadata import Metadata, Value, ValueType, array, f32, text, u32

MAX_ITEMS = 1000
"""base models, data sets, tags and languages that are taken from a card"""

Fields = Mapping[str, Any]

_CARD: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("name", ("name", "model_name")),
    ("author", ("author", "model_author", "model_creator")),
    ("version", ("version", "model_version")),
    ("organization", ("organization", "model_organization")),
    ("finetune", ("finetune", "model_finetune")),
    ("basename", ("basename", "model_basename", "model_type")),
    ("description", ("description", "model_description")),
    ("size_label", ("size_label", "model_size_label")),
    ("license", ("license",)),
    ("license.name", ("license_name",)),
    ("license.link", ("license_link",)),
    ("source.url", ("url", "model_url")),
    ("source.doi", ("doi", "model_doi")),
    ("source.uuid", ("uuid", "model_uuid")),
    ("source.repo_url", ("repo_url", "model_repo_url")),
)
"""entries of general.* in their order, and the fields that may say them, best first"""
_FROM_NAME = ("organization", "basename", "finetune", "version", "size_label")
_SAMPLING: tuple[tuple[str, ValueType, tuple[str, ...]], ...] = (
    ("sequence", ValueType.STRING, ("sequence",)),
    ("top_k", ValueType.INT32, ("top_k",)),
    ("top_p", ValueType.FLOAT32, ("top_p",)),
    ("min_p", ValueType.FLOAT32, ("min_p",)),
    ("xtc_probability", ValueType.FLOAT32, ("xtc_probability",)),
    ("xtc_threshold", ValueType.FLOAT32, ("xtc_threshold",)),
    ("temp", ValueType.FLOAT32, ("temperature",)),
    ("penalty_last_n", ValueType.INT32, ("penalty_last_n",)),
    ("penalty_repeat", ValueType.FLOAT32, ("penalty_repeat", "repetition_penalty")),
    ("mirostat", ValueType.INT32, ("mirostat",)),
    ("mirostat_tau", ValueType.FLOAT32, ("mirostat_tau",)),
    ("mirostat_eta", ValueType.FLOAT32, ("mirostat_eta",)),
)
_BASE_MODELS = ("base_model", "base_models", "base_model_sources")
_DATASETS = ("datasets", "dataset", "dataset_sources")
_DESCRIBED = ("name", "author", "version", "organization", "description", "url", "doi", "uuid",
              "repo_url")  # fmt: skip
_ON_THE_HUB = re.compile(r"https?://huggingface.co/([^/]+/[^/]+)")


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a model besides its dimensions; all of it may be empty but the folder."""

    folder: str
    n_weights: int
    card: Fields = field(default_factory=dict)
    config: Fields = field(default_factory=dict)
    generation: Fields = field(default_factory=dict)


def model_metadata(params: LlamaParams, about: Description, tokenizer: Metadata) -> Metadata:
    """Every entry of the file, in the converter's order."""
    entries: Metadata = {"general.architecture": text("llama"), "general.type": text("model")}
    entries |= _sampling(about.generation)
    entries |= _authorship(about)
    entries |= hparams_metadata(params)
    return entries | tokenizer


def _authorship(about: Description) -> Metadata:
    said: dict[str, str | None] = {}
    for key, names in _CARD:
        values = (_said(about.card.get(name)) for name in names)
        said[key] = next((value for value in values if value is not None), None)
    licenses = about.card.get("license")
    if isinstance(licenses, list):
        said["license"] = ",".join(_texts(licenses))
    named = about.config.get("_name_or_path")
    if isinstance(named, str) and named.count("/") <= 1:  # an id, not a path of some computer
        _complete(said, name_parts(named, about.n_weights))
    _complete(said, name_parts(about.folder, about.n_weights))
    if said["size_label"] is None:
        said["size_label"] = size_label(about.n_weights)
    entries: Metadata = {f"general.{key}": text(value) for key, value in said.items() if value}
    entries |= _listed("base_model", about, _BASE_MODELS)
    entries |= _listed("dataset", about, _DATASETS)
    for key, names in (
        ("tags", ("tags", "pipeline_tag")),
        ("languages", ("languages", "language")),
    ):
        items = [item for name in names for item in _texts(about.card.get(name))]
        if items:
            entries[f"general.{key}"] = array(ValueType.STRING, items)
    return entries


def _complete(said: dict[str, str | None], parts: NameParts) -> None:
    if said["name"] is None and parts.name is not None:
        said["name"] = title(parts.name)
    if said["organization"] is None and parts.organization is not None:
        said["organization"] = title(parts.organization)
    for key in _FROM_NAME:
        if said[key] is None:
            said[key] = getattr(parts, key)


def _listed(kind: str, about: Description, names: tuple[str, ...]) -> Metadata:
    """A count, and what is known of each; the first of the fields that is there counts."""
    present = [name for name in names if name in about.card]
    if not present:
        return {}
    value = about.card[present[0]]
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    items = items[:MAX_ITEMS]
    entries: Metadata = {f"general.{kind}.count": u32(len(items))}
    for place, item in enumerate(items):
        described = _described(item, about.n_weights)
        for key in _DESCRIBED:
            if said := _said(described.get(key)):
                entries[f"general.{kind}.{place}.{key}"] = text(said)
    return entries


def _described(item: object, n_weights: int) -> Fields:
    if isinstance(item, dict):
        return item
    if not isinstance(item, str):
        return {}
    if item.startswith(("http://", "https://", "ssh://")):
        on_the_hub = _ON_THE_HUB.fullmatch(item)
        if on_the_hub is None:
            return {"repo_url": item}
        return _described_by_id(on_the_hub[1], n_weights) | {"repo_url": item}
    return _described_by_id(item, n_weights)


def _described_by_id(model_id: str, n_weights: int) -> dict[str, str]:
    parts = name_parts(model_id, n_weights)
    described = {}
    if parts.name is not None:
        described["name"] = title(parts.name)
    if parts.version is not None:
        described["version"] = parts.version
    if parts.organization is not None:
        described["organization"] = title(parts.organization)
        described["repo_url"] = f"https://huggingface.co/{parts.organization}/{parts.name}"
    return described


def _sampling(generation: Fields) -> Metadata:
    entries: Metadata = {}
    for key, kind, names in _SAMPLING:
        value = next((generation[name] for name in names if name in generation), None)
        packed = _number(value, kind)
        if packed is not None:
            entries[f"general.sampling.{key}"] = packed
    return entries


def _number(value: object, kind: ValueType) -> Value | None:
    if kind is ValueType.STRING:
        return text(said) if (said := _said(value)) else None
    if kind is ValueType.INT32:
        return Value(kind, value) if type(value) is int and abs(value) < 1 << 31 else None
    if isinstance(value, int | float) and abs(value) < 3e38:
        return f32(float(value))
    return None


def _said(value: object) -> str | None:
    """None unless it is a text that UTF-8 can hold."""
    if not isinstance(value, str) or any("\ud800" <= char <= "\udfff" for char in value):
        return None
    return value


def _texts(value: object) -> list[str]:
    listed: Iterable[object] = value[:MAX_ITEMS] if isinstance(value, list) else (value,)
    return [said for item in listed if (said := _said(item)) is not None]
