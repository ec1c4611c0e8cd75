"""Reads Meta's params.json, with what the weights say where it is silent.

Of the vocabulary it says -1, of the feed-forward layers only how to compute their width, and of the
context nothing: Llama 1 has 2048 tokens, Llama 2 4096 and Code Llama 16384, told apart by constants
that differ among them. What is not of these models is refused by name.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.build.hparams import LlamaParams, check
from llamachat.build.json_object import JsonObject, read_json
from llamachat.build.mapped_file import shown
from llamachat.errors import ModelError

_KNOWN = frozenset((
    "dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "multiple_of", "ffn_dim_multiplier",
    "norm_eps", "rope_theta", "max_seq_len", "max_batch_size",
))  # fmt: skip
_ELSE = "Give the Hugging Face folder of this model instead."
_THETA = 10000.0
_CODE_LLAMA_THETA = 1e6
_LLAMA_2_EPS = 1e-5
"""Llama 1 has 1e-6, all but 65B"""
_LARGEST = 8192
"""dimensions of Llama 1 65B and of Llama 2 70B; only the latter has key heads to share"""


def read_params(path: Path, n_vocab: int) -> LlamaParams:
    """The hyperparameters of the folder whose params.json this is.

    Args:
        n_vocab: rows of the output's weights.

    Raises:
        ModelError: it is damaged, of another model or does not fit the weights.
    """
    params = read_json(path)
    _refuse_others(params, n_vocab)
    dim, n_head = params.integer("dim"), params.integer("n_heads")
    if dim % n_head:
        raise ModelError(f"{path} claims {dim} dimensions for {n_head} heads, which is uneven.")
    theta = params.number("rope_theta", _THETA)
    norm_eps = params.number("norm_eps")
    found = LlamaParams(
        n_vocab=n_vocab,
        n_ctx=_context(params, theta, norm_eps),
        n_embd=dim,
        n_layer=params.integer("n_layers"),
        n_head=n_head,
        n_head_kv=params.integer("n_kv_heads", n_head),
        n_ff=_feed_forward(params, dim),
        head_dim=dim // n_head,
        norm_eps=norm_eps,
        rope_theta=theta,
    )
    check(found, str(path))
    return found


def _refuse_others(params: JsonObject, n_vocab: int) -> None:
    """Refuse what says it is of another family, or does not go with the weights."""
    unknown = sorted(params.fields.keys() - _KNOWN)
    if unknown:
        raise ModelError(
            f"{params.path} says {shown(unknown[0])}, which Llama 1, Llama 2 and Code Llama do not "
            "have.",
            _ELSE,
        )
    if params.fields.get("vocab_size", -1) != -1 and params.integer("vocab_size") != n_vocab:
        raise ModelError(
            f"{params.path} says {params.integer('vocab_size'):,} tokens, but the weights are for "
            f"{n_vocab:,}.",
            "Set it to -1, as Meta does, or get both again.",
        )
    theta = params.number("rope_theta", _THETA)
    if theta not in (_THETA, _CODE_LLAMA_THETA):
        raise ModelError(
            f"{params.path} says {theta:g} for rope_theta, which is not of Llama 1, Llama 2 or "
            "Code Llama (Llama 3 has 500000).",
            _ELSE,
        )


def _feed_forward(params: JsonObject, dim: int) -> int:
    """Two thirds of four times the width, rounded up: Meta's arithmetic."""
    width = int(2 * (4 * dim) / 3)
    if params.has("ffn_dim_multiplier"):
        width = int(params.number("ffn_dim_multiplier") * width)
    multiple = params.integer("multiple_of")
    return multiple * -(-width // multiple)


def _context(params: JsonObject, theta: float, norm_eps: float) -> int:
    if params.has("max_seq_len"):
        return params.integer("max_seq_len")
    if theta == _CODE_LLAMA_THETA:
        return 16384
    first = norm_eps != _LLAMA_2_EPS
    first |= params.integer("dim") == _LARGEST and not params.has("n_kv_heads")
    return 2048 if first else 4096
