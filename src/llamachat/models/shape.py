"""The dimensions of a model that its memory depends on, from a header or from the catalogue.

Knows nothing of memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.gguf.header import GGUFHeader


@dataclass(frozen=True, slots=True)
class Shape:
    """Where layers differ, the largest counts."""

    n_layer: int
    n_embd: int
    n_head: int
    n_head_kv: int
    n_ff: int
    n_vocab: int
    n_ctx_train: int = 0
    """0 = unknown"""
    head_k: int = 0
    """width of a key head; 0 = n_embd / n_head, as is usual"""
    head_v: int = 0
    tied: bool = False
    """token_embd.weight serves as output.weight too"""

    @property
    def n_embd_k(self) -> int:
        """Width of K in one layer."""
        return self.n_head_kv * (self.head_k or self.n_embd // max(self.n_head, 1))

    @property
    def n_embd_v(self) -> int:
        return self.n_head_kv * (self.head_v or self.n_embd // max(self.n_head, 1))


def shape_of(header: GGUFHeader) -> Shape:
    """What the header says; heads that differ between layers count as the full width."""
    n_head = header.hyperparameter("attention.head_count", 1) or 1
    return Shape(
        n_layer=header.hyperparameter("block_count"),
        n_embd=header.hyperparameter("embedding_length"),
        n_head=n_head,
        n_head_kv=header.hyperparameter("attention.head_count_kv", n_head),
        n_ff=header.hyperparameter("feed_forward_length"),
        n_vocab=header.n_vocab,
        n_ctx_train=header.hyperparameter("context_length"),
        head_k=header.hyperparameter("attention.key_length"),
        head_v=header.hyperparameter("attention.value_length"),
        tied=not any(tensor.name == "output.weight" for tensor in header.tensors),
    )
