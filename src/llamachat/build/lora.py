"""A LoRA adapter in PEFT's folder: for each matrix of a Llama the two thin ones that change it.

Everything is named as Hugging Face names the matrix that is changed. Whole tensors that were
trained (modules_to_save, biases) come along. Does not know the model it will be applied to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from llamachat.build.lora_config import LoraConfig, read_lora_config
from llamachat.build.mapped_file import shown
from llamachat.build.sources.hf_weights import open_tensor_file
from llamachat.build.sources.huggingface import base_name
from llamachat.build.tensor_file import StoredTensor, TensorFile
from llamachat.errors import ModelError

Floats = npt.NDArray[np.float32]
CONFIG = "adapter_config.json"
_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")
_PREFIX = "base_model.model."
_MAX_NAME = 100
"""characters of a module; those of a Llama have half as many"""
_HALF = re.compile(r"(.+)\.lora_(embedding_)?([AB])(?:\.default)?(?:\.weight)?")
_OTHER_PARTS = (".lora_magnitude_vector", ".lora_", ".hada_", ".lokr_", ".ia3_", ".vera_", ".oft_")


@dataclass(frozen=True, slots=True)
class LoraPair:
    """A matrix is changed by scale · left · right."""

    left: StoredTensor
    """rows × rank: PEFT's B"""
    right: StoredTensor
    """rank × columns: PEFT's A"""
    scale: float

    @property
    def rank(self) -> int:
        return self.right.shape[0]

    @property
    def shape(self) -> tuple[int, int]:
        return self.left.shape[0], self.right.shape[1]

    def change(self, rows: npt.NDArray[Any]) -> Floats:
        """What is added to these rows.

        Raises:
            ModelError: the adapter holds an infinity or no number there.
        """
        left, right = floats(self.left.weights[rows]), floats(self.right.weights)
        for half, values in ((self.left, left), (self.right, right)):
            if not np.isfinite(values).all():
                raise ModelError(
                    f"{shown(half.name)} of the adapter has weights that are infinite or no "
                    "numbers.",
                    "The adapter is damaged, or its training diverged; get another copy of it.",
                )
        with np.errstate(over="ignore", invalid="ignore"):
            change: Floats = left @ right
            change *= np.float32(self.scale)
        return change


def floats(values: npt.NDArray[Any]) -> Floats:
    """Stored weights as f32; bf16 comes as uint16."""
    if values.dtype == np.uint16:
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return np.ascontiguousarray(values, np.float32)


@dataclass(frozen=True, slots=True)
class LoraAdapter:
    """An opened adapter; its file stays mapped until it is closed."""

    path: Path
    files: tuple[Path, ...]
    config: LoraConfig
    pairs: Mapping[str, LoraPair]
    """by the name of the matrix, in the order of the file"""
    whole: Mapping[str, StoredTensor]
    """what replaces a tensor of the model"""
    _file: TensorFile = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> LoraAdapter:
        """The adapter in a folder.

        Raises:
            ModelError: it is no adapter, damaged, or of a kind that cannot be merged.
        """
        config = read_lora_config(folder / CONFIG)
        path = _weights(folder)
        file = open_tensor_file(path)
        try:
            pairs, whole = _sorted_out(file, config)
        except ModelError:
            file.close()
            raise
        return cls(folder, (config.path, path), config, pairs, whole, file)

    @property
    def name(self) -> str:
        """Of the folder; those of the hub's cache and of a Trainer say less than what is above."""
        return base_name(self.path)

    def close(self) -> None:
        self._file.close()


def _weights(folder: Path) -> Path:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise ModelError(
        f"{folder} has no adapter_model.safetensors and no adapter_model.bin.",
        "Get all files of the adapter.",
    )


def _sorted_out(
    file: TensorFile, config: LoraConfig
) -> tuple[dict[str, LoraPair], dict[str, StoredTensor]]:
    if file.others:
        name, kind = next(iter(file.others.items()))
        raise ModelError(
            f"{file.path} stores {shown(name)} as {kind}; weights are float32, float16 or "
            "bfloat16.",
            "Save the adapter in one of these types.",
        )
    halves: dict[str, dict[str, StoredTensor]] = {}
    whole: dict[str, StoredTensor] = {}
    for name, tensor in file.tensors.items():
        found = _HALF.fullmatch(name)
        if found:
            target = f"{_module(found[1])}.weight"
            _add(halves.setdefault(target, {}), (found[2] or "") + found[3], tensor, file.path)
        elif any(part in name for part in _OTHER_PARTS):
            raise ModelError(
                f"{file.path} holds {shown(name)}, which plain LoRA does not have.",
                "Merge it with PEFT's merge_and_unload(), then build from what that saves.",
            )
        else:
            _add(whole, _module(name), tensor, file.path)
    if not halves and not whole:
        raise ModelError(f"{file.path} holds no weights.", "Get all files of the adapter again.")
    return {name: _pair(file.path, config, name, parts) for name, parts in halves.items()}, whole


def _add(place: dict[str, StoredTensor], key: str, tensor: StoredTensor, path: Path) -> None:
    if key in place:
        raise ModelError(f"{path} holds {shown(tensor.name)} twice, under two names.")
    place[key] = tensor


def _module(name: str) -> str:
    """A name as the model without an adapter has it."""
    name = name.removeprefix(_PREFIX).replace(".base_layer.", ".")
    return re.sub(r"\.(?:original_module|modules_to_save(?:\.default)?)\.", ".", name)


def _pair(path: Path, config: LoraConfig, name: str, parts: Mapping[str, StoredTensor]) -> LoraPair:
    embedding = parts.keys() == {"embedding_A", "embedding_B"}
    if not embedding and parts.keys() != {"A", "B"}:
        only = ", ".join(f"lora_{part}" for part in sorted(parts))
        raise ModelError(
            f"{path} holds only {only} of {shown(name)}; LoRA is a pair, A and B.",
            "Get all files of the adapter again.",
        )
    if len(name) > _MAX_NAME:
        raise ModelError(f"{path} changes {shown(name)}, which no Llama has.")
    for part in parts.values():
        if len(part.shape) != 2 or 0 in part.shape:
            raise ModelError(f"{shown(part.name)} in {path} has the shape {part.shape}.")
    if embedding:
        left, right = _turned(parts["embedding_A"]), _turned(parts["embedding_B"])
    else:
        left, right = parts["B"], parts["A"]
    rank = config.rank_of(name.removesuffix(".weight"))
    if (left.shape[1], right.shape[0]) != (rank, rank):
        raise ModelError(
            f"{path} has ranks {right.shape[0]} (A) and {left.shape[1]} (B) for {shown(name)}; by "
            f"its configuration it is {rank}.",
            "The weights and adapter_config.json are not of the same adapter: get both again.",
        )
    return LoraPair(left, right, config.scale_of(name.removesuffix(".weight")))


def _turned(tensor: StoredTensor) -> StoredTensor:
    """Embeddings are stored the other way round: a row of A for each rank, a column for a token."""
    return StoredTensor(tensor.name, tensor.dtype, tensor.shape[::-1], tensor.weights.T)
