"""Tells which kind of source a path is, or says in one sentence what it is instead.

Looks at the names in a folder and at the first bytes of a file, no further. Knows nothing of what
the kinds have in them.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from shlex import quote

from llamachat.build.llama2c_file import is_llama2c
from llamachat.build.mapped_file import unreadable
from llamachat.build.sources.hf_weights import has_weights
from llamachat.errors import ModelError
from llamachat.gguf import foreign

SUPPORTED = (
    "llamachat builds from a Hugging Face folder, a Trainer's checkpoint, a Meta folder, a "
    "checkpoint of llama2.c or an f16, bf16 or f32 GGUF."
)
_WEIGHTS = (".safetensors", ".bin", ".pth", ".pt")
_BESIDE_WEIGHTS = ("config.json", "params.json", "tokenizer.model", "tokenizer.json")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_HEAD = 4096


class Kind(Enum):
    """How a model was published."""

    HUGGING_FACE = "Hugging Face"
    META = "Meta"
    LLAMA2C = "llama2.c"
    GGUF = "GGUF"


def recognise(path: Path) -> Kind:
    """The kind of source that lies at `path`.

    Raises:
        ModelError: it is none, or is not there.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if path.is_file():
            return _file(path)
        there = path.exists()
    except OSError as error:
        raise unreadable(path, error) from error
    if there:
        raise ModelError(f"{path} is neither a file nor a folder.", SUPPORTED)
    raise ModelError(f"There is no {path}.", SUPPORTED)


def _folder(path: Path) -> Kind:
    names = {entry.name for entry in path.iterdir()}
    meta = any(name.startswith("consolidated.") and name.endswith(".pth") for name in names)
    if "config.json" in names and (has_weights(path) or not meta):
        return Kind.HUGGING_FACE
    if meta:
        return Kind.META
    raise _no_source(path, names)


def _no_source(path: Path, names: set[str]) -> ModelError:
    """What a folder is that holds no model, and which path to give instead."""
    if "adapter_config.json" in names:
        return ModelError(
            f"{path} is a LoRA adapter without its base model.",
            f"Give the base model, and the adapter with it: --adapter {quote(str(path))}",
        )
    if "consolidated.safetensors" in names:
        return ModelError(
            f"{path} has Mistral's own consolidated.safetensors only.",
            "Get the files beside it that Hugging Face reads: config.json and model*.safetensors.",
        )
    checkpoints = [(int(found[1]), found[0]) for name in names if (found := _checkpoint(name))]
    if checkpoints:
        latest = path / max(checkpoints)[1]
        return ModelError(
            f"{path} is the folder of a training; its checkpoints are inside.",
            f"Give one of them, such as the latest: {quote(str(latest))}",
        )
    models = sorted(name for name in names if name.endswith(".gguf"))
    if models:
        return ModelError(
            f"{path} is a folder of GGUF files.", f"Give one: {quote(str(path / models[0]))}"
        )
    if any(name.endswith(_WEIGHTS) for name in names):
        return ModelError(f"{path} has weights but no config.json or params.json.", SUPPORTED)
    what = "an empty folder" if not names else "a folder without a model"
    return ModelError(f"{path} is {what}.", SUPPORTED)


def _checkpoint(name: str) -> re.Match[str] | None:
    return _CHECKPOINT.fullmatch(name)


def _file(path: Path) -> Kind:
    with path.open("rb") as file:
        head = file.read(_HEAD)
        size = path.stat().st_size
    if head[:4] == b"GGUF":
        return Kind.GGUF
    if is_llama2c(head, size):
        return Kind.LLAMA2C
    if path.name in _BESIDE_WEIGHTS or (path.suffix in _WEIGHTS and head[:7] != b"version"):
        folder = quote(str(path.parent))
        raise ModelError(
            f"{path} is one file of a model, and a model is built from all of them.",
            f"Give the folder: llamachat build {folder} --type q4_0",
        )
    if not head:
        raise ModelError(f"{path} is empty.", SUPPORTED)
    found = foreign.explain(path, head, b"", size)
    odd = foreign.are_weights(path, head, size)  # whose name says nothing of it
    raise ModelError(found.message, SUPPORTED if odd else found.hint)
