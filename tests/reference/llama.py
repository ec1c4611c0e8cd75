"""A Llama in NumPy, to be read beside the papers: what every other implementation should compute.

LLaMA (Touvron et al. 2023, arXiv:2302.13971, section 2.2) is a decoder-only transformer with
RMSNorm before each part of a layer, rotary positions and SwiGLU; Llama 2 shares heads of keys and
values (arXiv:2307.09288, section 2.2). Everything is f64, so that beside an engine's f32 it counts
as exact. No cache, no batches, no speed. Knows nothing of files.

Shapes in comments: n tokens, d dimensions of the model, f of the feed-forward part, h heads of
queries, g heads of keys and values, c dimensions of a head, v tokens in the vocabulary. A weight
is [out, in], as PyTorch stores it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """How positions beyond the context of the first training are reached."""

    kind: str
    """linear or llama3"""
    factor: float
    original_context: int = 8192
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0


@dataclass(frozen=True, slots=True)
class Llama:
    """A model: its weights under Meta's names, and what the weights do not say."""

    weights: Mapping[str, Array]
    n_layers: int
    n_heads: int
    n_kv_heads: int
    norm_eps: float
    rope_theta: float = 10000.0
    rope_scaling: RopeScaling | None = None
    halves: bool = False
    """the dimensions that rotate together lie half a head apart (Hugging Face), not side by side"""

    def linear(self, name: str, x: Array) -> Array:
        """[n, in] -> [n, out]; few Llamas have biases."""
        return x @ self.weights[f"{name}.weight"].T + self.weights.get(f"{name}.bias", 0.0)

    def rms_norm(self, name: str, x: Array) -> Array:
        """Every token divided by its root mean square, times a learned gain.

        Zhang and Sennrich 2019, arXiv:1910.07467, equation 4.
        """
        mean_square = np.mean(x**2, axis=-1, keepdims=True)  # [n, 1]
        gain = self.weights[f"{name}.weight"]  # [d]
        normed: Array = x / np.sqrt(mean_square + self.norm_eps) * gain  # [n, d]
        return normed


def logits(model: Llama, tokens: Sequence[int]) -> Array:
    """For every token the scores of all tokens that could follow it: [n, v]."""
    embedding = model.weights["tok_embeddings.weight"]  # [v, d]
    x = embedding[np.asarray(tokens)]  # [n, d]
    angles = rope_angles(model, len(tokens))  # [n, c/2]
    for layer in range(model.n_layers):
        at = f"layers.{layer}."
        x = x + attention(
            model, f"{at}attention.", model.rms_norm(f"{at}attention_norm", x), angles
        )
        x = x + feed_forward(model, f"{at}feed_forward.", model.rms_norm(f"{at}ffn_norm", x))
    x = model.rms_norm("norm", x)
    # Tied embeddings: one matrix for both ends (Press and Wolf 2017, arXiv:1608.05859).
    return np.asarray(x @ model.weights.get("output.weight", embedding).T)  # [n, v]


def attention(model: Llama, at: str, x: Array, angles: Array) -> Array:
    """Each token takes from those before it, and itself, what its query finds in their keys.

    Vaswani et al. 2017, arXiv:1706.03762, equation 1. Where keys and values have fewer heads, each
    serves h/g query heads in a row (Ainslie et al. 2023, arXiv:2305.13245).
    """
    n, shared = len(x), model.n_heads // model.n_kv_heads
    q = model.linear(f"{at}wq", x).reshape(n, model.n_heads, -1)  # [n, h, c]
    k = model.linear(f"{at}wk", x).reshape(n, model.n_kv_heads, -1)  # [n, g, c]
    v = model.linear(f"{at}wv", x).reshape(n, model.n_kv_heads, -1)  # [n, g, c]
    q, k = (rotated(part, angles, halves=model.halves) for part in (q, k))
    k, v = (np.repeat(part, shared, axis=1) for part in (k, v))  # [n, h, c]
    scores = np.einsum("nhc,mhc->hnm", q, k) / sqrt(q.shape[-1])  # [h, n, n]
    past = np.tri(n, dtype=bool)  # [n, n]: nobody sees what follows
    mixed = np.einsum("hnm,mhc->nhc", softmax(np.where(past, scores, -np.inf)), v)  # [n, h, c]
    return model.linear(f"{at}wo", mixed.reshape(n, -1))  # [n, d]


def feed_forward(model: Llama, at: str, x: Array) -> Array:
    """SwiGLU: W2 (SiLU(W1 x) * W3 x). Shazeer 2020, arXiv:2002.05202, section 2."""
    gate = model.linear(f"{at}w1", x)  # [n, f]
    gate = gate / (1 + np.exp(-gate))  # SiLU: x times its sigmoid
    return model.linear(f"{at}w2", gate * model.linear(f"{at}w3", x))  # [n, d]


def softmax(scores: Array) -> Array:
    """Positive numbers with the sum 1 along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def rope_angles(model: Llama, n: int) -> Array:
    """By how much each pair of dimensions turns at each position: [n, c/2].

    Su et al. 2021, arXiv:2104.09864, section 3.2.2: pair i turns by theta^(-2i/c) per position.
    """
    c = len(model.weights["layers.0.attention.wq.weight"]) // model.n_heads
    frequencies = model.rope_theta ** -(np.arange(0, c, 2) / c)  # [c/2]
    if model.rope_scaling is not None:
        frequencies = scaled(frequencies, model.rope_scaling)
    return np.outer(np.arange(n), frequencies)


def scaled(frequencies: Array, scaling: RopeScaling) -> Array:
    """Frequencies for a longer context: [c/2].

    linear divides all of them (Chen et al. 2023, arXiv:2306.15595, equation 4). llama3 divides
    those that turn less than low_freq_factor times in the original context, leaves those alone that
    turn more than high_freq_factor times, and blends in between (Meta's `apply_scaling` in
    llama-models, models/llama3/model.py).
    """
    divided: Array = frequencies / scaling.factor
    if scaling.kind == "linear":
        return divided
    turns = scaling.original_context * frequencies / (2 * pi)
    spread = scaling.high_freq_factor - scaling.low_freq_factor
    kept = np.clip((turns - scaling.low_freq_factor) / spread, 0, 1)
    blended: Array = (1 - kept) * divided + kept * frequencies
    return blended


def rotated(x: Array, angles: Array, *, halves: bool) -> Array:
    """Turn each pair of dimensions of each head by its angle: [n, heads, c] -> the same.

    Su et al. 2021, section 3.4.2. A pair is (2i, 2i+1) there and with Meta, (i, i + c/2) in
    GPT-NeoX and with Hugging Face (`rotate_half`); the same model has other rows of wq and wk then.
    """
    half = x.shape[-1] // 2
    first, second = (x[..., :half], x[..., half:]) if halves else (x[..., 0::2], x[..., 1::2])
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]  # [n, 1, c/2]
    turned = (first * cos - second * sin, first * sin + second * cos)
    if halves:
        return np.concatenate(turned, axis=-1)
    return np.stack(turned, axis=-1).reshape(x.shape)
