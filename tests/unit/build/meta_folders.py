"""The models of `hf_folders` as Meta and llama2.c would have published them: other names, the rows
of queries and keys in pairs, one piece for each processor, or all in one file after a header."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.unit.build.hf_folders import Case, Tensors, stored_as, weights_of
from tests.unit.build.torch_writer import STORAGES, Saved, write_torch

NAMES = {
    "model.embed_tokens": "tok_embeddings", "model.norm": "norm", "lm_head": "output",
    "model.layers": "layers", "input_layernorm": "attention_norm",
    "self_attn.q_proj": "attention.wq", "self_attn.k_proj": "attention.wk",
    "self_attn.v_proj": "attention.wv",
    "self_attn.o_proj": "attention.wo", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "feed_forward.w1", "mlp.down_proj": "feed_forward.w2",
    "mlp.up_proj": "feed_forward.w3",
}  # fmt: skip
ROWS = ("wq", "wk", "wv", "w1", "w3", "output.weight")
COLUMNS = ("wo", "w2", "tok_embeddings")
ONE_BY_ONE = ("attention_norm", "attention.wq", "attention.wk", "attention.wv", "attention.wo",
              "ffn_norm", "feed_forward.w1", "feed_forward.w2", "feed_forward.w3")  # fmt: skip


def meta_weights(case: Case) -> Tensors:
    """The weights of a case under Meta's names and in Meta's order of rows."""
    heads = {"q_proj": case.config["num_attention_heads"]}
    heads["k_proj"] = case.config.get("num_key_value_heads", heads["q_proj"])
    renamed = {}
    for name, weights in weights_of(case).items():
        for projection, n_head in heads.items():
            if f".{projection}." in name:
                halves = weights.reshape(n_head, 2, -1, weights.shape[-1])
                weights = halves.swapaxes(1, 2).reshape(weights.shape)
        for ours, theirs in NAMES.items():
            name = name.replace(ours, theirs)
        renamed[name] = weights
    return renamed


def meta_params(case: Case, **more: Any) -> dict[str, Any]:
    """A params.json that leads to the dimensions of the case."""
    config = case.config
    return {
        "dim": config["hidden_size"], "n_layers": config["num_hidden_layers"],
        "n_heads": config["num_attention_heads"], "n_kv_heads": config["num_key_value_heads"],
        "multiple_of": config["intermediate_size"], "norm_eps": 1e-5, "vocab_size": -1, **more,
    }  # fmt: skip


def write_meta(
    folder: Path, tensors: Tensors, params: Mapping[str, Any], dtype: str, parts: int
) -> None:
    """A folder of Meta's with as many parts as there were processors."""
    folder.mkdir(parents=True)
    (folder / "params.json").write_text(json.dumps(params))
    stored = stored_as(tensors, dtype)
    stored["rope.freqs"] = np.zeros(4, next(iter(stored.values())).dtype)
    for part in range(parts):
        pieces = {
            name: Saved(_piece(name, weights, part, parts), STORAGES[dtype])
            for name, weights in stored.items()
        }
        write_torch(folder / f"consolidated.{part:02d}.pth", pieces)


def _piece(name: str, weights: npt.NDArray[Any], part: int, parts: int) -> npt.NDArray[Any]:
    if any(word in name for word in COLUMNS):
        return np.array_split(weights, parts, axis=1)[part]
    if any(word in name for word in ROWS):
        return np.array_split(weights, parts)[part]
    return weights


def write_llama2c(path: Path, tensors: Tensors, case: Case, version: int) -> None:
    """A checkpoint of llama2.c; version 0 is the legacy format."""
    config = case.config
    n_layer, n_ctx = config["num_hidden_layers"], config["max_position_embeddings"]
    tied = "output.weight" not in tensors
    n_vocab = config["vocab_size"] if tied or version else -config["vocab_size"]
    numbers = struct.pack(
        "<7i", config["hidden_size"], config["intermediate_size"], n_layer,
        config["num_attention_heads"], config["num_key_value_heads"], n_vocab, n_ctx,
    )  # fmt: skip
    layers = {
        role: b"".join(tensors[f"layers.{n}.{role}.weight"].tobytes() for n in range(n_layer))
        for role in ONE_BY_ONE
    }
    embd, norm = tensors["tok_embeddings.weight"].tobytes(), tensors["norm.weight"].tobytes()
    output = b"" if tied else tensors["output.weight"].tobytes()
    matrices = [layers[role] for role in ONE_BY_ONE if "norm" not in role]
    if version:
        head = b"24ka" + struct.pack("<i", version) + numbers + bytes([tied])
        norms = (layers["attention_norm"], layers["ffn_norm"], norm)
        data = (head.ljust(256, b"\0"), *norms, embd, *matrices, output)
    else:
        head_dim = config["hidden_size"] // config["num_attention_heads"]
        positions = bytes(4 * n_ctx * head_dim)
        data = (numbers, embd, *layers.values(), norm, positions, output)
    path.write_bytes(b"".join(data))
