"""Reads PEFT's adapter_config.json: that it is plain LoRA, and how strongly each module is changed.

Kinds and features that would need other arithmetic are refused by name rather than merged wrongly.
Patterns come from strangers and are regular expressions: only those that cannot take long are
tried. Knows nothing of weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llamachat.build.json_object import JsonObject, read_json
from llamachat.build.mapped_file import shown
from llamachat.errors import ModelError

MAX_RANK = 1 << 16
_MAX_PATTERNS = 1024
_MAX_PATTERN = 200
_MAX_REPEATS = 2
_MAX_CHOICES = 8
_REPEAT = re.compile(r"(?<!\\)[*+?]")
_RISKY = re.compile(r"\)[*+?]|\{|\(\?|[*+?][*+]|\\[1-9]")
"""repeated groups, counts, look-arounds and back references, which can take for ever"""
_KEPT_SCALE = "Merge it with PEFT's merge_and_unload(), then build from what that saves."
_UNSUPPORTED = {
    "use_dora": "DoRA", "use_qalora": "QALoRA", "use_bdlora": "BD-LoRA",
    "lora_bias": "biases of LoRA's own (lora_bias)", "layer_replication": "replicated layers",
    "target_parameters": "target_parameters", "trainable_token_indices": "trainable tokens",
    "alora_invocation_tokens": "aLoRA", "arrow_config": "Arrow", "kasa_config": "KaSA",
    "monteclora_config": "MonteCLoRA", "velora_config": "VeLoRA", "megatron_config": "Megatron",
}  # fmt: skip
_NEW_BASE = ("pissa", "olora", "corda", "loftq", "lora_ga")
"""ways to start a training that change the weights of the base model as well"""


@dataclass(frozen=True, slots=True)
class LoraConfig:
    """What an adapter says of itself."""

    path: Path
    rank: int
    alpha: float
    use_rslora: bool
    base: str
    """the base model as whoever trained it called it: a name of the hub or a folder"""
    targets: tuple[str, ...]
    """ends of the names of its modules; empty where the configuration has a pattern"""
    layers: tuple[int, ...]
    """the layers it is confined to, all where empty"""
    excluded: tuple[str, ...]
    rank_pattern: Mapping[str, float]
    alpha_pattern: Mapping[str, float]

    def rank_of(self, module: str) -> int:
        return int(_by_pattern(self.rank_pattern, module, self.rank))

    def scale_of(self, module: str) -> float:
        """What B·A is multiplied with: alpha / r, or alpha / √r with rank-stabilized LoRA."""
        rank = self.rank_of(module)
        alpha = _by_pattern(self.alpha_pattern, module, self.alpha)
        return float(alpha / (rank**0.5 if self.use_rslora else rank))


def read_lora_config(path: Path) -> LoraConfig:
    """The adapter_config.json at `path`.

    Raises:
        ModelError: it is damaged, or the adapter is not plain LoRA.
    """
    config = read_json(path)
    _refuse_kinds(config)
    config.flag("fan_in_fan_out", False)  # PEFT ignores it too for every matrix that a Llama has
    targets = config.fields.get("target_modules")
    return LoraConfig(
        path=path,
        rank=config.integer("r", 8, most=MAX_RANK),
        alpha=config.number("lora_alpha", 8.0),
        use_rslora=config.flag("use_rslora", False),
        base=config.text("base_model_name_or_path", ""),
        targets=() if isinstance(targets, str) else config.texts("target_modules"),
        layers=_layers(config),
        excluded=_excluded(config),
        rank_pattern=_patterns(config, "rank_pattern"),
        alpha_pattern=_patterns(config, "alpha_pattern"),
    )


def _refuse_kinds(config: JsonObject) -> None:
    kind = config.text("peft_type", "")
    if kind != "LORA":
        raise _unsupported(
            config.path, f"of the kind {shown(kind)}" if kind else "of no known kind"
        )
    for key, name in _UNSUPPORTED.items():
        if config.fields.get(key):
            raise _unsupported(config.path, f"trained with {name}")
    start = config.fields.get("init_lora_weights")
    if isinstance(start, str) and start.lower().startswith(_NEW_BASE):
        raise _unsupported(
            config.path, f"started with {shown(start)}, which changes the base model"
        )
    bias = config.text("bias", "none")
    if bias not in ("none", "all", "lora_only"):
        raise _unsupported(config.path, f"with the biases {shown(bias)}")


def _unsupported(path: Path, what: str) -> ModelError:
    return ModelError(f"The adapter of {path} is {what}; llamachat merges plain LoRA.", _KEPT_SCALE)


def _layers(config: JsonObject) -> tuple[int, ...]:
    found: Any = config.fields.get("layers_to_transform")
    listed = [] if found is None else found if isinstance(found, list) else [found]
    if not all(type(layer) is int and 0 <= layer < 1 << 16 for layer in listed):
        raise ModelError(
            f"{config.path} says {shown(str(found))} for layers_to_transform, which should be a "
            "list of numbers.",
            "Get it again from where the adapter came from.",
        )
    return tuple(listed)


def _excluded(config: JsonObject) -> tuple[str, ...]:
    found = config.fields.get("exclude_modules")
    return (found,) if isinstance(found, str) else config.texts("exclude_modules")


def _patterns(config: JsonObject, key: str) -> dict[str, float]:
    inner = config.inner(key)
    if len(inner.fields) > _MAX_PATTERNS:
        raise ModelError(f"{config.path} has more than {_MAX_PATTERNS:,} entries of {key}.")
    read = inner.integer if key == "rank_pattern" else inner.number
    values: dict[str, float] = {}
    for pattern in inner.fields:
        _check_pattern(config.path, pattern)
        limit = {"most": MAX_RANK} if key == "rank_pattern" else {}
        values[pattern] = read(pattern, **limit)
    return values


def _check_pattern(path: Path, pattern: str) -> None:
    simple = (
        len(pattern) <= _MAX_PATTERN
        and len(_REPEAT.findall(pattern)) <= _MAX_REPEATS
        and pattern.count("|") <= _MAX_CHOICES
        and not _RISKY.search(pattern)
    )
    try:
        if simple:
            re.compile(pattern)
            return
    except (re.error, OverflowError):
        pass
    raise ModelError(
        f"{path} names modules by {shown(pattern)}, which is too intricate a pattern.", _KEPT_SCALE
    )


def _by_pattern(patterns: Mapping[str, float], module: str, default: float) -> float:
    """As PEFT chooses: the first pattern that the end of the module's name matches."""
    for pattern, value in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return default
