"""What the tensors of a Llama are called by llama.cpp, Hugging Face and Meta, and their shapes.

One table for all of them. Knows nothing of files, nor of how weights are stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llamachat.build.hparams import LlamaParams


@dataclass(frozen=True, slots=True)
class TensorName:
    """One tensor of one model, by all its names."""

    name: str
    """llama.cpp's: blk.0.attn_q.weight"""
    role: str
    """without layer and ending: attn_q"""
    hugging_face: str
    meta: str
    shape: tuple[int, ...]
    """outermost first, as Hugging Face and Meta store it"""

    @property
    def is_optional(self) -> bool:
        return self.name.endswith(".bias")


_LAYER: tuple[tuple[str, str, str], ...] = (
    ("attn_norm", "input_layernorm", "attention_norm"),
    ("attn_q", "self_attn.q_proj", "attention.wq"),
    ("attn_k", "self_attn.k_proj", "attention.wk"),
    ("attn_v", "self_attn.v_proj", "attention.wv"),
    ("attn_output", "self_attn.o_proj", "attention.wo"),
    ("ffn_norm", "post_attention_layernorm", "ffn_norm"),
    ("ffn_gate", "mlp.gate_proj", "feed_forward.w1"),
    ("ffn_down", "mlp.down_proj", "feed_forward.w2"),
    ("ffn_up", "mlp.up_proj", "feed_forward.w3"),
)
_WHOLE: tuple[tuple[str, str, str], ...] = (
    ("token_embd", "model.embed_tokens", "tok_embeddings"),
    ("output_norm", "model.norm", "norm"),
    ("output", "lm_head", "output"),
)


def tensor_names(params: LlamaParams) -> Iterator[TensorName]:
    """Every tensor that a Llama of these dimensions can have, biases included."""
    for role, hugging_face, meta in _WHOLE:
        yield _named(params, role, f"{role}.", f"{hugging_face}.", f"{meta}.", "weight")
    for layer in range(params.n_layer):
        for role, hugging_face, meta in _LAYER:
            places = (f"blk.{layer}.{role}.", f"model.layers.{layer}.{hugging_face}.")
            endings = ("weight",) if role.endswith("norm") else ("weight", "bias")
            for ending in endings:
                yield _named(params, role, *places, f"layers.{layer}.{meta}.", ending)


def _named(
    params: LlamaParams, role: str, name: str, hugging_face: str, meta: str, ending: str
) -> TensorName:
    shape = _shape(params, role)
    shape = shape[:1] if ending == "bias" else shape
    return TensorName(name + ending, role, hugging_face + ending, meta + ending, shape)


def _shape(params: LlamaParams, role: str) -> tuple[int, ...]:
    if role.endswith("norm"):
        return (params.n_embd,)
    return {
        "token_embd": (params.n_vocab, params.n_embd),
        "output": (params.n_vocab, params.n_embd),
        "attn_q": (params.n_embd_head, params.n_embd),
        "attn_k": (params.n_embd_kv, params.n_embd),
        "attn_v": (params.n_embd_kv, params.n_embd),
        "attn_output": (params.n_embd, params.n_embd_head),
        "ffn_gate": (params.n_ff, params.n_embd),
        "ffn_up": (params.n_ff, params.n_embd),
        "ffn_down": (params.n_embd, params.n_ff),
    }[role]


def in_converter_order(params: LlamaParams) -> list[TensorName]:
    """Every weight, in the order in which the converter writes those of one safetensors file."""
    names = [name for name in tensor_names(params) if not name.is_optional]
    if params.tied:
        names = [name for name in names if name.role != "output"]
    return sorted(names, key=lambda name: name.hugging_face)
