"""What a tensor is for is said in words, for every tensor that a Llama can have."""

from __future__ import annotations

import pytest

from llamachat.gguf.generated import TINY, plan_tensors
from llamachat.gguf.meanings import meaning


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("blk.0.attn_q.weight", "queries: what each token looks for"),
        ("blk.{0-3,5}.attn_q.weight", "queries: what each token looks for"),
        ("blk.31.ffn_gate.7.weight", "SwiGLU's gate: how far each feature is let through"),
        ("blk.0.attn_k.bias", "bias: is added to what attn_k.weight makes"),
        ("blk.0.attn_v.weight.lora_a", "LoRA's change of attn_v: narrows its input"),
        ("blk.0.attn_v.weight.lora_b", "LoRA's change of attn_v: widens that again"),
        ("rope_freqs.weight", "rotary positions: what each frequency is divided by"),
        ("token_embd.weight", "embedding: the vector that stands for each token"),
        ("blk.0.ssm_conv1d.weight", ""),
        ("v.blk.0.attn_q.weight", ""),
        ("attn_q", ""),
        ("", ""),
    ],
)
def test_a_name_has_a_meaning_or_none_that_is_known(name: str, words: str) -> None:
    assert meaning(name) == words


def test_every_tensor_of_a_llama_has_one() -> None:
    assert all(meaning(tensor.name) for tensor in plan_tensors(TINY, "q4_0"))


def test_an_embedding_that_serves_as_the_output_says_so() -> None:
    assert meaning("token_embd.weight", tied=True).endswith("; the output uses it too")
    assert meaning("blk.0.attn_q.weight", tied=True) == meaning("blk.0.attn_q.weight")
