"""The Llama that Bob is, in plain PyTorch: a dictionary of tensors and one function over it.

Tensors have the names and shapes that GGUF gives them, so that export is only a change of file
format. Knows nothing of training, files or text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Params = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a Llama. Rows of all matrices are multiples of 256, as k-quants want them."""

    n_vocab: int = 4096
    n_ctx: int = 2048
    n_embd: int = 256
    n_layer: int = 10
    n_head: int = 4
    n_head_kv: int = 2
    n_ff: int = 768
    rope_base: float = 10000.0
    norm_eps: float = 1e-5

    @property
    def n_rot(self) -> int:
        """width of one head"""
        return self.n_embd // self.n_head


def initial(shape: Shape, seed: int) -> Params:
    """Random weights; the matrices that write into the residual start smaller."""
    source = torch.Generator().manual_seed(seed)
    small = 0.02 / math.sqrt(2 * shape.n_layer)
    width, kv = shape.n_embd, shape.n_head_kv * shape.n_rot

    def normal(rows: int, columns: int, deviation: float = 0.02) -> Tensor:
        return torch.randn(rows, columns, generator=source) * deviation

    params = {"token_embd.weight": normal(shape.n_vocab, width)}
    for block in range(shape.n_layer):
        params |= {
            f"blk.{block}.attn_norm.weight": torch.ones(width),
            f"blk.{block}.attn_q.weight": normal(width, width),
            f"blk.{block}.attn_k.weight": normal(kv, width),
            f"blk.{block}.attn_v.weight": normal(kv, width),
            f"blk.{block}.attn_output.weight": normal(width, width, small),
            f"blk.{block}.ffn_norm.weight": torch.ones(width),
            f"blk.{block}.ffn_gate.weight": normal(shape.n_ff, width),
            f"blk.{block}.ffn_up.weight": normal(shape.n_ff, width),
            f"blk.{block}.ffn_down.weight": normal(width, shape.n_ff, small),
        }
    return params | {"output_norm.weight": torch.ones(width)}


def rotations(shape: Shape, device: torch.device) -> Tensor:
    """cos and sin of every position and pair: (2, n_ctx, n_rot / 2)."""
    pairs = torch.arange(0, shape.n_rot, 2, device=device, dtype=torch.float32)
    angles = torch.outer(
        torch.arange(shape.n_ctx, device=device, dtype=torch.float32),
        shape.rope_base ** (-pairs / shape.n_rot),
    )
    return torch.stack((angles.cos(), angles.sin()))


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """RoPE on neighbouring pairs, the layout of Meta and GGUF. x: (batch, head, time, n_rot)."""
    cos, sin = turns[0, : x.shape[2]], turns[1, : x.shape[2]]
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2).type_as(x)


def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMSNorm in f32."""
    x32 = x.float()
    return (x32 * torch.rsqrt(x32.square().mean(-1, keepdim=True) + eps) * weight).type_as(x)


def attention(x: Tensor, params: Params, block: str, shape: Shape, turns: Tensor) -> Tensor:
    """Causal grouped-query attention. x: (batch, time, n_embd)."""

    def heads(name: str) -> Tensor:
        return (
            F.linear(x, params[f"{block}.{name}.weight"])
            .unflatten(-1, (-1, shape.n_rot))
            .transpose(1, 2)
        )

    query, key, value = (
        rotate(heads("attn_q"), turns),
        rotate(heads("attn_k"), turns),
        heads("attn_v"),
    )
    shared = shape.n_head // shape.n_head_kv
    key, value = key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    return F.linear(mixed.transpose(1, 2).flatten(-2), params[f"{block}.attn_output.weight"])


def feed_forward(x: Tensor, params: Params, block: str) -> Tensor:
    """SwiGLU."""
    gate = F.silu(F.linear(x, params[f"{block}.ffn_gate.weight"]))
    up = F.linear(x, params[f"{block}.ffn_up.weight"])
    return F.linear(gate * up, params[f"{block}.ffn_down.weight"])


def hidden(params: Params, tokens: Tensor, shape: Shape, turns: Tensor) -> Tensor:
    """The last layer's normalized state: (batch, time, n_embd)."""
    x = F.embedding(tokens, params["token_embd.weight"])
    for number in range(shape.n_layer):
        block = f"blk.{number}"
        before = norm(x, params[f"{block}.attn_norm.weight"], shape.norm_eps)
        x = x + attention(before, params, block, shape, turns)
        before = norm(x, params[f"{block}.ffn_norm.weight"], shape.norm_eps)
        x = x + feed_forward(before, params, block)
    return norm(x, params["output_norm.weight"], shape.norm_eps)


def logits(params: Params, state: Tensor) -> Tensor:
    """Scores of the next token; the embedding is the output matrix, too (tied)."""
    return F.linear(state, params["token_embd.weight"])
