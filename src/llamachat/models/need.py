"""The memory that a model takes: weights + KV cache + compute buffers + the engine's process.

    weights   bytes of all tensors, and what rearranged copies of them add
    KV cache  n_ctx × n_layer × (bytes of K + bytes of V); Llama-2-7B in f16: 512 KiB a token
    compute   tokens evaluated at once (512) × the widest of the stages of the graph, in f32:
              logits            n_vocab + 2 × n_embd
              feed-forward      3 × n_ff + 4 × n_embd, and a mask of n_ctx × 2 bytes
              attention         (n_head + 1) × n_ctx + 5 × n_embd + 2 × width of K; only without
                                flash attention
    mapped    pages of the file that lie in memory beside the copies made from them; the kernel
              takes them back where memory is short, so they count for the peak alone. On Linux
              they are dropped as soon as they have been copied, and there are none

The stages were read off llama.cpp's own figures for five shapes, 512 to 16,384 tokens of context:
within 1 % for f16, 8 % for q8_0. Knows nothing of files or of what a machine has.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.gguf.types import TENSOR_TYPE
from llamachat.models.shape import Shape

PROCESS = 45_000_000
"""bytes of the engine's process without a model: 40 to 60 MB"""
CTX_STEP = 256
"""llama.cpp rounds a context up to a multiple"""
N_CTX = 2048
"""tokens of context that a figure is about where nothing else is said"""


@dataclass(frozen=True, slots=True)
class Weights:
    """Bytes of a model's tensors in memory."""

    total: int
    """what the engine needs of them, copies included"""
    mapped: int = 0
    """further pages of the file, of which there are copies"""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a model is run, as far as memory depends on it."""

    n_ctx: int = N_CTX
    type_k: str = "f16"
    type_v: str = "f16"
    flash_attention: bool = True
    n_ubatch: int = 512


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that a model takes."""

    weights: int
    kv_cache: int
    compute: int
    n_ctx: int
    mapped: int = 0

    @property
    def total(self) -> int:
        """What it cannot do without."""
        return self.weights + self.kv_cache + self.compute + PROCESS

    @property
    def peak(self) -> int:
        """The most that the process holds, where nobody else wants the memory."""
        return self.total + self.mapped


def memory_need(weights: Weights, shape: Shape, setting: Setting) -> Need:
    """What a model of this shape takes so."""
    n_ctx = -(-setting.n_ctx // CTX_STEP) * CTX_STEP
    token = cache_row(setting.type_k, shape.n_embd_k) + cache_row(setting.type_v, shape.n_embd_v)
    return Need(
        weights=weights.total,
        kv_cache=n_ctx * shape.n_layer * token,
        compute=_compute(shape, setting, n_ctx),
        n_ctx=setting.n_ctx,
        mapped=weights.mapped,
    )


def cache_row(type_name: str, width: int) -> int:
    """Bytes of one token's K or V in one layer."""
    kind = TENSOR_TYPE[type_name]
    return -(-width // kind.block) * kind.size


def _compute(shape: Shape, setting: Setting, n_ctx: int) -> int:
    """The stages share one buffer; the logits of one token lie beside it."""
    logits = 4 * (shape.n_vocab + 2 * shape.n_embd)
    forward = 4 * (3 * shape.n_ff + 4 * shape.n_embd) + 2 * n_ctx
    attention = 0
    if not setting.flash_attention:
        attention = 4 * ((shape.n_head + 1) * n_ctx + 5 * shape.n_embd + 2 * shape.n_embd_k)
    widest = max(logits, forward, attention)
    return min(setting.n_ubatch, n_ctx) * widest + 4 * shape.n_vocab
