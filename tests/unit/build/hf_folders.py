"""Small Hugging Face folders with weights that every machine makes alike, to be converted.

`scripts/record_conversion.py` gives them to llama.cpp's converter and keeps what comes out; tests
build them again and compare. Weights are hashes of their own position, with values that f16 rounds,
overflows to nothing and holds as subnormals. Change a case and its record must be made again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.unit.build.safetensors_writer import write_safetensors
from tests.unit.build.tokenizers.spm_writer import sentencepiece_bytes, small_pieces
from tests.unit.build.torch_writer import STORAGES, Saved, write_torch

Tensors = dict[str, npt.NDArray[Any]]

_SMALL = {
    "hidden_size": 64, "intermediate_size": 172, "num_hidden_layers": 2, "vocab_size": 300,
    "num_attention_heads": 8, "num_key_value_heads": 4, "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False,
}  # fmt: skip
_WHOLE = _SMALL | {
    "hidden_size": 256, "intermediate_size": 512, "num_attention_heads": 4, "vocab_size": 512,
    "num_key_value_heads": 4,
}  # fmt: skip
_LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}  # fmt: skip
_YARN = {
    "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096, "beta_fast": 32,
    "beta_slow": 1.5, "attention_factor": 1.2,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One folder: what its config.json says, and how its weights are stored."""

    name: str
    config: Mapping[str, Any]
    dtype: str = "f32"
    parts: int = 1
    pickled: bool = False
    """pytorch_model.bin instead of safetensors"""
    architecture: str = "LlamaForCausalLM"
    biases: bool = False
    extra: tuple[str, ...] = field(default=())
    """names of vectors that old versions saved as well"""


CASES = (
    Case("mha", _WHOLE),
    Case("gqa-bf16-sharded", _WHOLE | {"num_key_value_heads": 1}, "bf16", parts=3),
    Case("tied-f16", _SMALL | {"tie_word_embeddings": True}, "f16"),
    Case("layers-in-the-order-of-names", _SMALL | {"num_hidden_layers": 12}, "f16"),
    Case("mistral", _SMALL | {"head_dim": None, "sliding_window": 4096}, "bf16",
         architecture="MistralForCausalLM"),
    Case("mistral-heads-of-their-own", _SMALL | {"head_dim": 32}, "f16",
         architecture="MistralForCausalLM"),
    Case("llama3-rope", _SMALL | {"head_dim": 128, "rope_theta": 500000.0, "rope_scaling": _LLAMA3,
                                  "max_position_embeddings": 131072}),
    Case("llama3-rope-of-transformers-5",
         _SMALL | {"rope_parameters": _LLAMA3 | {"rope_theta": 500000, "factor": 32.0}}, "bf16"),
    Case("linear-rope", _SMALL | {"rope_scaling": {"type": "linear", "factor": 2.0}}),
    Case("yarn-rope", _SMALL | {"rope_scaling": _YARN}),
    Case("biases", _SMALL | {"attention_bias": True, "mlp_bias": True}, "f16", biases=True),
    Case("defaults", {key: _SMALL[key] for key in (
        "hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size",
        "num_attention_heads")}),
    Case("pickled-f16", _SMALL, "f16", pickled=True, extra=("self_attn.rotary_emb.inv_freq",)),
    Case("pickled-bf16-sharded", _SMALL, "bf16", parts=2, pickled=True),
)  # fmt: skip


def write_folder(folder: Path, case: Case) -> None:
    """The folder of a case: config.json, weights, and an index where there are several parts."""
    folder.mkdir(parents=True)
    model_type = case.architecture.removesuffix("ForCausalLM").lower()
    config = {"architectures": [case.architecture], "model_type": model_type, **case.config}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "tokenizer.model").write_bytes(sentencepiece_bytes(small_pieces(290)))
    tensors = stored_as(weights_of(case), case.dtype)
    stem, suffix = ("pytorch_model", "bin") if case.pickled else ("model", "safetensors")
    write: Callable[[Path, Tensors, str], None] = _write_bin if case.pickled else write_safetensors
    if case.parts == 1:
        write(folder / f"{stem}.{suffix}", tensors, case.dtype)
        return
    names = list(tensors)
    places: dict[str, str] = {}
    for part in range(case.parts):
        file = f"{stem}-{part + 1:05d}-of-{case.parts:05d}.{suffix}"
        chosen = {name: tensors[name] for name in names[part :: case.parts]}
        write(folder / file, chosen, case.dtype)
        places |= dict.fromkeys(chosen, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / f"{stem}.{suffix}.index.json").write_text(json.dumps(index))


def shapes_of(case: Case) -> dict[str, tuple[int, ...]]:
    """Every tensor of the model, in the order in which PyTorch would save it."""
    config = case.config
    n_embd, n_ff = config["hidden_size"], config["intermediate_size"]
    n_head = config["num_attention_heads"]
    head_dim = config.get("head_dim") or n_embd // n_head
    n_q, n_kv = n_head * head_dim, config.get("num_key_value_heads", n_head) * head_dim
    matrices = {
        "self_attn.q_proj": (n_q, n_embd), "self_attn.k_proj": (n_kv, n_embd),
        "self_attn.v_proj": (n_kv, n_embd), "self_attn.o_proj": (n_embd, n_q),
        "mlp.gate_proj": (n_ff, n_embd), "mlp.up_proj": (n_ff, n_embd),
        "mlp.down_proj": (n_embd, n_ff),
    }  # fmt: skip
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (config["vocab_size"], n_embd)
    }
    for layer in range(config["num_hidden_layers"]):
        start = f"model.layers.{layer}."
        for name, shape in matrices.items():
            shapes[f"{start}{name}.weight"] = shape
            if case.biases:
                shapes[f"{start}{name}.bias"] = shape[:1]
        shapes |= {f"{start}{name}": (head_dim // 2,) for name in case.extra}
        for norm in ("input_layernorm", "post_attention_layernorm"):
            shapes[f"{start}{norm}.weight"] = (n_embd,)
    shapes["model.norm.weight"] = (n_embd,)
    if not config.get("tie_word_embeddings"):
        shapes["lm_head.weight"] = (config["vocab_size"], n_embd)
    return shapes


def weights_of(case: Case) -> Tensors:
    """f32 weights; no two tensors are alike."""
    return {
        name: hashed_weights(shape, seed)
        for seed, (name, shape) in enumerate(shapes_of(case).items())
    }


def hashed_weights(shape: tuple[int, ...], seed: int) -> npt.NDArray[np.float32]:
    """Values within ±0.5, each hundredth of them 16 times as large or 2**20 times as small."""
    count = int(np.prod(shape))
    state = np.arange(count, dtype=np.uint64) + np.uint64(seed << 32)
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):  # splitmix64
        state = (state ^ (state >> np.uint64(30))) * np.uint64(factor)
    state ^= state >> np.uint64(31)
    values = (state >> np.uint64(40)).astype(np.float32) * np.float32(2**-24) - np.float32(0.5)
    values[7::100] *= np.float32(16)
    values[13::100] *= np.float32(2**-20)
    return values.reshape(shape)


def stored_as(tensors: Tensors, dtype: str) -> Tensors:
    """The same weights in another type; bf16 is cut off, which is a value of bf16 too."""
    if dtype == "bf16":
        return {
            name: (weights.view(np.uint32) >> np.uint32(16)).astype(np.uint16)
            for name, weights in tensors.items()
        }
    kind = np.float16 if dtype == "f16" else np.float32
    return {name: weights.astype(kind) for name, weights in tensors.items()}


def _write_bin(path: Path, tensors: Tensors, dtype: str) -> None:
    write_torch(path, {name: Saved(w, STORAGES[dtype]) for name, w in tensors.items()})
