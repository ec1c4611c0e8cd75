"""Writes a model as its makers would publish it, to be built from: a Hugging Face folder in f16.

Real shapes, random weights with the spread of real ones, parts of 5 GB as transformers saves them.
A pool of weights is written over and over, each time from another place, so that the disk is what
takes the time. Knows nothing of what is built.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.unit.build.hf_folders import Case, shapes_of
from tests.unit.build.tokenizers.spm_writer import sentencepiece_bytes, small_pieces

Halves = npt.NDArray[np.float16]
Shapes = dict[str, tuple[int, ...]]

N_VOCAB = 32000
_PART = 5_000_000_000
_POOL = 1 << 25
_SPREAD = 0.02
_DIMENSIONS = {  # layers, embedding, heads, heads of keys, feed-forward
    "tiny": (4, 1024, 16, 16, 2816),
    "1b": (22, 2048, 32, 4, 5632),
    "3b": (32, 2560, 20, 20, 6912),
    "7b": (32, 4096, 32, 32, 11008),
}
"""TinyLlama, Sheared-LLaMA and Llama 2: all rows are multiples of 256"""
SIZES = tuple(_DIMENSIONS)


def source_case(size: str) -> Case:
    """What its config.json says."""
    n_layer, n_embd, n_head, n_head_kv, n_ff = _DIMENSIONS[size]
    config = {
        "hidden_size": n_embd, "intermediate_size": n_ff, "num_hidden_layers": n_layer,
        "num_attention_heads": n_head, "num_key_value_heads": n_head_kv, "vocab_size": N_VOCAB,
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "hidden_act": "silu", "tie_word_embeddings": False,
    }  # fmt: skip
    return Case(size, config, "f16")


def n_weights(size: str) -> int:
    return sum(prod(shape) for shape in shapes_of(source_case(size)).values())


def write_source(folder: Path, size: str) -> list[Path]:
    """Write the folder; returns its files of weights."""
    case = source_case(size)
    folder.mkdir(parents=True)
    config = {"architectures": [case.architecture], "model_type": "llama", **case.config}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "tokenizer.model").write_bytes(sentencepiece_bytes(small_pieces(N_VOCAB)))
    rng = np.random.default_rng(0)
    pool = (rng.standard_normal(_POOL, np.float32) * np.float32(_SPREAD)).astype(np.float16)
    parts = _parts(shapes_of(case))
    names = [f"model-{n:05d}-of-{len(parts):05d}.safetensors" for n in range(1, len(parts) + 1)]
    places: dict[str, str] = {}
    for name, shapes in zip(names, parts, strict=True):
        _write_part(folder / name, shapes, pool, rng)
        places |= dict.fromkeys(shapes, name)
    index = {"metadata": {"total_size": 2 * n_weights(size)}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return [folder / name for name in names]


def _parts(shapes: Mapping[str, tuple[int, ...]]) -> list[Shapes]:
    parts: list[Shapes] = [{}]
    room = _PART
    for name, shape in shapes.items():
        size = 2 * prod(shape)
        if size > room:
            parts.append({})
            room = _PART
        parts[-1][name] = shape
        room -= size
    return parts


def _write_part(path: Path, shapes: Shapes, pool: Halves, rng: np.random.Generator) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [start, end]}
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    with path.open("wb") as file:
        file.write(len(raw).to_bytes(8, "little") + raw)
        for shape in shapes.values():
            if len(shape) == 1:  # norms
                file.write(np.ones(shape, np.float16).tobytes())
                continue
            left, at = prod(shape), int(rng.integers(_POOL))
            while left:
                piece = pool[at : at + left]
                file.write(piece.data)
                left, at = left - len(piece), 0
