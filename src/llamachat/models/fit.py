"""Whether a model fits into memory: weights + KV cache + compute buffers against what is usable.

    weights   bytes of all tensors
    KV cache  n_ctx × n_layer × (width of K + width of V) × 2 bytes (f16);
              Llama-2-7B: 32 × (4096 + 4096) × 2 = 512 KiB a token
    compute   512 tokens (a micro-batch) × (n_vocab + n_ff + 2 × n_embd) × 4 bytes: logits and the
              widest activations, with flash attention

The compute term was measured with llama.cpp: 7B at 512 to 4,096 tokens of context 97 to 101 MiB,
formula 100; without flash attention it grows with the context (320 MiB at 4,096). Knows nothing of
files or engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llamachat.gguf.header import GGUFHeader

UBATCH = 512
"""tokens evaluated at once"""
N_CTX = 2048
"""tokens of context that a verdict is about where nothing else is said"""
_TIGHT = 0.9
"""a model that takes more of the usable memory than this leaves too little for anything else"""

Fit = Literal["fits", "fits barely", "does not fit"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a model that memory depends on."""

    n_layer: int
    n_embd: int
    n_embd_kv: int
    """width of K plus width of V in one layer"""
    n_ff: int
    n_vocab: int


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that a model takes."""

    weights: int
    kv_cache: int
    compute: int
    n_ctx: int

    @property
    def total(self) -> int:
        return self.weights + self.kv_cache + self.compute


def memory_need(weights: int, shape: Shape, n_ctx: int = N_CTX) -> Need:
    """What `weights` bytes of tensors of this shape take with an f16 KV cache."""
    return Need(
        weights=weights,
        kv_cache=n_ctx * shape.n_layer * shape.n_embd_kv * 2,
        compute=UBATCH * (shape.n_vocab + shape.n_ff + 2 * shape.n_embd) * 4,
        n_ctx=n_ctx,
    )


def need_of(header: GGUFHeader, n_ctx: int = N_CTX) -> Need:
    """The same for a file; a context longer than the model was trained with is cut to that."""
    trained = header.hyperparameter("context_length", n_ctx)
    return memory_need(header.tensor_bytes, shape_of(header), min(n_ctx, trained or n_ctx))


def shape_of(header: GGUFHeader) -> Shape:
    """What the header says; heads that differ between layers count as the full width."""
    n_embd = header.hyperparameter("embedding_length")
    n_head = header.hyperparameter("attention.head_count", 1) or 1
    n_head_kv = header.hyperparameter("attention.head_count_kv", n_head)
    head = n_embd // n_head
    k = header.hyperparameter("attention.key_length", head)
    v = header.hyperparameter("attention.value_length", head)
    return Shape(
        n_layer=header.hyperparameter("block_count"),
        n_embd=n_embd,
        n_embd_kv=n_head_kv * (k + v),
        n_ff=header.hyperparameter("feed_forward_length"),
        n_vocab=header.n_vocab,
    )


def judge(need: Need, usable: int) -> Fit:
    """Against the bytes that a model may take now."""
    if need.total > usable:
        return "does not fit"
    return "fits barely" if need.total > _TIGHT * usable else "fits"


def explain(name: str, need: Need, usable: int) -> str:
    """The verdict with its figures, as one sentence."""
    return (
        f"{name} needs about {gigabytes(need.total)} with {need.n_ctx:,} tokens of context; "
        f"this machine has {gigabytes(usable)} usable: {judge(need, usable)}."
    )


def gigabytes(n_bytes: int) -> str:
    """Bytes in the units that model files are listed in: 3.83 GB, 12 GB, 9.5 MB."""
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.{_places(n_bytes / 1e9)}f} GB"
    return f"{n_bytes / 1e6:.{_places(n_bytes / 1e6)}f} MB"


def _places(number: float) -> int:
    return 2 if number < 4 else 1 if number < 10 else 0
