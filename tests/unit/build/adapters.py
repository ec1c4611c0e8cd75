"""Small PEFT folders for the models of `hf_folders`, with weights that every machine makes alike.

`scripts/record_lora.py` gives them to PEFT and to llama.cpp and keeps what comes out. Change a case
and its record must be made again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.build.hf_folders import CASES, Case, Tensors, hashed_weights, shapes_of, stored_as
from tests.unit.build.safetensors_writer import write_safetensors
from tests.unit.build.torch_writer import STORAGES, Saved, write_torch

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
EVERYWHERE = (*ATTENTION, "gate_proj", "up_proj", "down_proj")
BASES = {case.name: case for case in CASES}


@dataclass(frozen=True)
class AdapterCase:
    """One adapter: what its configuration says beyond the usual, and what it holds."""

    name: str
    base: str
    targets: tuple[str, ...] = ("q_proj", "v_proj")
    config: Mapping[str, Any] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    """of modules whose rank is not 4, by the end of their names"""
    layers: tuple[int, ...] = (0, 1)
    whole: tuple[str, ...] = ()
    """ends of the names of tensors that are replaced"""
    dtype: str = "f32"
    pickled: bool = False
    runs: bool = True
    """llama.cpp's converter makes the right adapter of it"""

    @property
    def model(self) -> Case:
        return BASES[self.base]


ADAPTERS = (
    AdapterCase("plain", "mha"),
    AdapterCase("grouped-bf16", "mistral", ATTENTION, dtype="bf16"),
    AdapterCase("everywhere-pickled-f16", "tied-f16", EVERYWHERE, dtype="f16", pickled=True),
    AdapterCase("rslora", "biases", EVERYWHERE, {"use_rslora": True}, runs=False),
    AdapterCase("patterns", "pickled-f16", EVERYWHERE,
                {"rank_pattern": {"down_proj": 2, "layers.1.self_attn.q_proj": 8},
                 "alpha_pattern": {"down_proj": 1, r".*\.0\.self_attn.k_proj": 32}},
                {"down_proj": 2, "1.self_attn.q_proj": 8}, runs=False),
    AdapterCase("one-layer", "mha", config={"layers_to_transform": [1]}, layers=(1,)),
    AdapterCase("biases", "biases", config={"bias": "all"}, whole=(".bias",), runs=False),
    AdapterCase("whole", "mha", config={"modules_to_save": ["embed_tokens", "lm_head"]},
                whole=("embed_tokens.weight", "lm_head.weight"), runs=False),
    AdapterCase("embeddings", "mha", ("embed_tokens", "q_proj"), {"fan_in_fan_out": True}),
)  # fmt: skip


def adapter_config(case: AdapterCase) -> dict[str, Any]:
    return {
        "peft_type": "LORA", "base_model_name_or_path": f"somebody/{case.base}", "r": 4,
        "lora_alpha": 8, "target_modules": list(case.targets), "bias": "none", **case.config,
    }  # fmt: skip


def adapter_tensors(case: AdapterCase) -> Tensors:
    """What PEFT would save, as f32."""
    tensors: Tensors = {}
    for seed, (name, shape) in enumerate(shapes_of(case.model).items(), start=1000):
        module = name.removesuffix(".weight")
        key = f"base_model.model.{module}"
        in_layer = not name.startswith("model.layers.") or int(name.split(".")[2]) in case.layers
        rank = next((r for end, r in case.ranks.items() if module.endswith(end)), 4)
        if in_layer and module.endswith(case.targets) and name.endswith(".weight"):
            sides = {"A": (rank, shape[-1]), "B": (shape[0], rank)}
            ending = "lora_{}.weight"
            if module.endswith("embed_tokens"):
                sides, ending = {"A": (rank, shape[0]), "B": (shape[1], rank)}, "lora_embedding_{}"
            for side, dims in sides.items():
                tensors[f"{key}.{ending.format(side)}"] = hashed_weights(
                    dims, 2 * seed + (side == "B")
                )
        if case.whole and name.endswith(case.whole):
            start, _, last = name.rpartition(".")
            wrapped = last == "bias" and start.endswith(case.targets)
            full = f"{start}.base_layer.{last}" if wrapped else name
            tensors[f"base_model.model.{full}"] = hashed_weights(shape, 2 * seed)
    return tensors


def write_adapter(folder: Path, case: AdapterCase, tensors: Tensors | None = None) -> Path:
    """The folder of a case, or one with its configuration and other tensors."""
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps(adapter_config(case), indent=2))
    stored = stored_as(adapter_tensors(case) if tensors is None else tensors, case.dtype)
    if case.pickled:
        saved = {name: Saved(values, STORAGES[case.dtype]) for name, values in stored.items()}
        write_torch(folder / "adapter_model.bin", saved)
    else:
        write_safetensors(folder / "adapter_model.safetensors", stored, case.dtype)
    return folder
