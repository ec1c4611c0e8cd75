"""Reads original weights for the reference Llama, by a few lines of its own for each format.

Written from the formats' descriptions, on NumPy, zipfile, pickle and json alone, so that it shares
no mistake with `llamachat.build`. Trusts its files, for tests write them.
"""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from math import prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.llama import Array, Llama, RopeScaling

Weights = dict[str, Array]

META_NAMES = {
    "model.embed_tokens": "tok_embeddings", "model.layers": "layers", "model.norm": "norm",
    "lm_head": "output", "input_layernorm": "attention_norm",
    "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attention.wq",
    "self_attn.k_proj": "attention.wk", "self_attn.v_proj": "attention.wv",
    "self_attn.o_proj": "attention.wo", "mlp.gate_proj": "feed_forward.w1",
    "mlp.down_proj": "feed_forward.w2", "mlp.up_proj": "feed_forward.w3",
}  # fmt: skip
ATTENTION = ("attention.wq", "attention.wk", "attention.wv", "attention.wo")
FEED_FORWARD = ("feed_forward.w1", "feed_forward.w2", "feed_forward.w3")


def hugging_face(folder: Path) -> Llama:
    """config.json, and every file of weights beside it."""
    config = json.loads((folder / "config.json").read_text())
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return Llama(
        {meta_name(name): values for name, values in all_weights(folder).items()},
        n_layers=config["num_hidden_layers"],
        n_heads=config["num_attention_heads"],
        n_kv_heads=config.get("num_key_value_heads", config["num_attention_heads"]),
        norm_eps=config.get("rms_norm_eps", 1e-6),
        rope_theta=rope.get("rope_theta", config.get("rope_theta", 10000.0)),
        rope_scaling=rope_scaling(rope),
        halves=True,
    )


def rope_scaling(rope: Mapping[str, Any]) -> RopeScaling | None:
    kind = rope.get("rope_type", rope.get("type"))
    if kind != "llama3":
        return RopeScaling(kind, rope["factor"]) if kind else None
    context = rope["original_max_position_embeddings"]
    factors = (rope["low_freq_factor"], rope["high_freq_factor"])
    return RopeScaling(kind, rope["factor"], context, *factors)


def meta(folder: Path) -> Llama:
    """params.json and one file for each processor, each with its share of every matrix."""
    params = json.loads((folder / "params.json").read_text())
    parts = [read_torch(path) for path in sorted(folder.glob("consolidated.*.pth"))]
    return Llama(
        {name: joined(name, [part[name] for part in parts]) for name in parts[0]},
        n_layers=params["n_layers"],
        n_heads=params["n_heads"],
        n_kv_heads=params.get("n_kv_heads", params["n_heads"]),
        norm_eps=params["norm_eps"],
        rope_theta=params.get("rope_theta", 10000.0),
    )


def joined(name: str, parts: list[Array]) -> Array:
    """Row-parallel layers and the embedding share the inputs, column-parallel ones the outputs."""
    if parts[0].ndim == 1:
        return parts[0]
    by_inputs = ("wo.weight", "w2.weight", "tok_embeddings.weight")
    return np.concatenate(parts, axis=1 if name.endswith(by_inputs) else 0)


def llama2c(path: Path) -> Llama:
    """llama2.c's `legacy_export` (28 bytes of header) or `version1_export` (256)."""
    raw = path.read_bytes()
    marked = raw[:4] == b"24ka"
    d, f, n_layers, h, g, n_vocab, n_ctx = struct.unpack_from("<7i", raw, 8 if marked else 0)
    tied = raw[36] == 1 if marked else n_vocab > 0
    kv, n_vocab = d // h * g, abs(n_vocab)
    shapes: dict[str, tuple[int, ...]] = {
        "tok_embeddings": (n_vocab, d), "attention_norm": (d,), "attention.wq": (d, d),
        "attention.wk": (kv, d), "attention.wv": (kv, d), "attention.wo": (d, d),
        "ffn_norm": (d,), "feed_forward.w1": (f, d), "feed_forward.w2": (d, f),
        "feed_forward.w3": (f, d), "norm": (d,), "rope": (n_ctx, d // h), "output": (n_vocab, d),
    }  # fmt: skip
    order = ["attention_norm", "ffn_norm", "norm", "tok_embeddings", *ATTENTION, *FEED_FORWARD]
    order = [*order, "output"] if marked else list(shapes)
    values, at, weights = np.frombuffer(raw, "<f4", offset=256 if marked else 28), 0, {}
    for name in order[:-1] if tied else order:
        in_layer = name in (*ATTENTION, *FEED_FORWARD, "attention_norm", "ffn_norm")
        for layer in range(n_layers if in_layer else 1):
            full = f"layers.{layer}.{name}.weight" if in_layer else f"{name}.weight"
            stop = at + prod(shapes[name])
            weights[full] = values[at:stop].reshape(shapes[name]).astype(np.float64)
            at = stop
    assert at == len(values), "the header does not describe the file"
    return Llama(weights, n_layers, h, g, norm_eps=1e-5)


def merged(model: Llama, folder: Path) -> Llama:
    """W + (alpha/r) B A: Hu et al. 2021, arXiv:2106.09685, section 4.1.

    rsLoRA divides by the root of r: Kalajdzievski 2023, arXiv:2312.03732, equation 3.
    """
    config = json.loads((folder / "adapter_config.json").read_text())
    rank = sqrt(config["r"]) if config.get("use_rslora") else config["r"]
    adapter, weights = all_weights(folder), dict(model.weights)
    for name, right in adapter.items():
        if name.endswith(".lora_A.weight"):  # [r, in]
            left = adapter[name.replace("lora_A", "lora_B")]  # [out, r]
            module = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
            changed = f"{meta_name(module)}.weight"
            weights[changed] = weights[changed] + config["lora_alpha"] / rank * (left @ right)
    return replace(model, weights=weights)


def meta_name(name: str) -> str:
    """Meta's name of a tensor or module of Hugging Face's."""
    for theirs, metas in META_NAMES.items():
        name = name.replace(theirs, metas)
    return name


def all_weights(folder: Path) -> Weights:
    weights: Weights = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".safetensors":
            weights |= read_safetensors(path)
        elif path.suffix == ".bin":
            weights |= read_torch(path)
    return weights


def read_safetensors(path: Path) -> Weights:
    """Eight bytes of length, a JSON object that names types, shapes and places, and the data."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    weights = {}
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            values = widened(raw[start + first : start + last], entry["dtype"])
            weights[name] = values.reshape(entry["shape"])
    return weights


def widened(raw: bytes, dtype: str) -> Array:
    if dtype in ("BF16", "BFloat16Storage"):  # the upper half of an f32
        bits = np.frombuffer(raw, "<u2").astype("<u4") << 16
        return bits.view("<f4").astype(np.float64)
    stored: npt.DTypeLike = "<f2" if dtype in ("F16", "HalfStorage") else "<f4"
    return np.frombuffer(raw, stored).astype(np.float64)


def read_torch(path: Path) -> Weights:
    """A ZIP with a pickle of the state dict, and one entry for the numbers of each tensor."""
    with zipfile.ZipFile(path) as archive:
        (program,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        with archive.open(program) as file:
            return dict(_StateDict(file, archive, program.removesuffix(".pkl")).load())


class _StateDict(pickle.Unpickler):
    """Arrays in the place of tensors."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, data: str) -> None:
        super().__init__(file)
        self._archive, self._data = archive, data

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch":  # the kind of a storage, for `persistent_load`
            return name
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> Array:
        _, kind, key, _device, _length = pid
        return widened(self._archive.read(f"{self._data}/{key}"), kind)


def _rebuild(storage: Array, offset: int, shape: tuple[int, ...], *_more: object) -> Array:
    return storage[offset : offset + prod(shape)].reshape(shape)
