"""Which files of a repository of the hub a model is built from, and which make an adapter.

Safetensors come before pickles, and weights of other programs stay where they are. Works by names
alone; nothing is fetched here.
"""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase

from llamachat.build.sources.meta_checklist import CHECKLIST
from llamachat.build.tokenizers.folder import FILES

_BESIDE = ("config.json", "generation_config.json", "README.md", *FILES)
_WEIGHTS = (
    ("model*.safetensors", "model.safetensors.index.json"),
    ("pytorch_model*.bin", "pytorch_model.bin.index.json"),
)
_META = ("consolidated.[0-9][0-9].pth", "params.json", CHECKLIST, "tokenizer.model")
_ADAPTER = "adapter_config.json"
_ADAPTER_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")


def files_of_model(names: Collection[str]) -> tuple[str, ...]:
    """The small files first, then the weights; nothing where there is nothing to build from."""
    if "config.json" in names:
        for weights, index in _WEIGHTS:
            found = _matching(names, weights)
            if found:
                return (*_there(names, (*_BESIDE, index)), *found)
    parts = _matching(names, _META[0])
    return (*_there(names, _META[1:]), *parts) if parts and "params.json" in names else ()


def files_of_adapter(names: Collection[str]) -> tuple[str, ...]:
    """Configuration and weights; nothing where it is no adapter."""
    weights = _there(names, _ADAPTER_WEIGHTS)[:1]
    return (_ADAPTER, *weights) if weights and _ADAPTER in names else ()


def _there(names: Collection[str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in wanted if name in names)


def _matching(names: Collection[str], pattern: str) -> tuple[str, ...]:
    return tuple(sorted(n for n in names if "/" not in n and fnmatchcase(n, pattern)))
