"""The hyperparameters of a Llama, checked, and the metadata that llama.cpp reads them from.

Keys, types and order are those of llama.cpp's converter (`set_gguf_parameters`); which of them a
source says, and in which words, is the source's affair. Knows nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.errors import ModelError
from llamachat.gguf.metadata import Metadata, f32, text, u32

MAX_LAYERS = 512
"""LLAMA_MAX_LAYERS of the pinned llama.cpp"""
MAX_HEADS = 1 << 12
MAX_EMBD = 1 << 17
MAX_FF = 1 << 20
MAX_VOCAB = 1 << 22
QUANTIZATION_VERSION = 2
MOSTLY_F16 = 1


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """How positions are stretched beyond the context a model was first trained with."""

    kind: str
    """linear, yarn or llama3"""
    factor: float
    original_context: int = 0
    yarn: tuple[tuple[str, float], ...] = ()
    """what a configuration says of ext_factor, attn_factor, beta_fast and beta_slow"""
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0


@dataclass(frozen=True, slots=True)
class LlamaParams:
    """The dimensions of a Llama and the constants of its arithmetic."""

    n_vocab: int
    n_ctx: int
    n_embd: int
    n_layer: int
    n_head: int
    n_head_kv: int
    n_ff: int
    head_dim: int
    norm_eps: float
    rope_theta: float = 10000.0
    rope_scaling: RopeScaling | None = None
    tied: bool = False
    """token_embd.weight serves as output.weight too"""
    says_head_dim: bool = True
    """the converter writes the length of keys and values only where the configuration has it"""

    @property
    def n_embd_head(self) -> int:
        """Of all query heads together: n_embd in almost every Llama."""
        return self.n_head * self.head_dim

    @property
    def n_embd_kv(self) -> int:
        """Of all key heads together."""
        return self.n_head_kv * self.head_dim


def check(params: LlamaParams, where: str) -> None:
    """Refuse dimensions that no Llama has; `where` says who claims them.

    Raises:
        ModelError: with the first fault.
    """
    limits = (
        ("layers", params.n_layer, MAX_LAYERS),
        ("attention heads", params.n_head, MAX_HEADS),
        ("key and value heads", params.n_head_kv, params.n_head),
        ("dimensions of a head", params.head_dim, MAX_EMBD),
        ("embedding dimensions", params.n_embd, MAX_EMBD),
        ("feed-forward dimensions", params.n_ff, MAX_FF),
        ("tokens", params.n_vocab, MAX_VOCAB),
    )
    for what, value, most in limits:
        if not 1 <= value <= most:
            raise ModelError(f"{where} claims {value:,} {what}; 1 to {most:,} are possible.")
    if params.n_head % params.n_head_kv:
        raise ModelError(
            f"{where} claims {params.n_head} attention heads, which {params.n_head_kv} key and "
            "value heads cannot share evenly."
        )
    if params.head_dim % 2:
        raise ModelError(f"{where} claims heads of {params.head_dim} dimensions; they are even.")


def hparams_metadata(params: LlamaParams) -> Metadata:
    """The entries of llama.* and the two of general.* that follow them, in the converter's order.

    `general.file_type` says F16, as the converter's output does by default.
    """
    entries: Metadata = {
        "llama.block_count": u32(params.n_layer),
        "llama.context_length": u32(params.n_ctx),
        "llama.embedding_length": u32(params.n_embd),
        "llama.feed_forward_length": u32(params.n_ff),
        "llama.attention.head_count": u32(params.n_head),
        "llama.attention.head_count_kv": u32(params.n_head_kv),
    }
    entries |= _scaling(params.rope_scaling)
    entries["llama.rope.freq_base"] = f32(params.rope_theta)
    entries["llama.attention.layer_norm_rms_epsilon"] = f32(params.norm_eps)
    if params.says_head_dim:
        entries["llama.attention.key_length"] = u32(params.head_dim)
        entries["llama.attention.value_length"] = u32(params.head_dim)
    entries["general.file_type"] = u32(MOSTLY_F16)
    entries["llama.vocab_size"] = u32(params.n_vocab)
    entries["llama.rope.dimension_count"] = u32(params.head_dim)
    entries["general.quantization_version"] = u32(QUANTIZATION_VERSION)
    return entries


def _scaling(scaling: RopeScaling | None) -> Metadata:
    """That of llama3 is a tensor instead: rope_freqs.weight."""
    if scaling is None or scaling.kind == "llama3":
        return {}
    entries: Metadata = {
        "llama.rope.scaling.type": text(scaling.kind),
        "llama.rope.scaling.factor": f32(scaling.factor),
    }
    if scaling.kind == "yarn":
        entries["llama.rope.scaling.original_context_length"] = u32(scaling.original_context)
        for name, value in scaling.yarn:
            entries[f"llama.rope.scaling.yarn_{name}"] = f32(value)
    return entries
