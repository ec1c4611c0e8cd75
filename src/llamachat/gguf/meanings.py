"""What the tensors of a Llama are for, in a few words each, by their names in GGUF.

For a person who reads a table of tensors. Of a name that is not in the table nothing is said.
Knows nothing of shapes or files.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"(?:blk\.[0-9{},-]+\.)?([a-z_]+)(?:\.[0-9]+)?\.(weight|bias)(\.lora_[ab])?")
"""blk.0.attn_q.weight, and blk.{0-31}.attn_q.weight as `layers` folds them"""

_MEANINGS = {
    "token_embd": "embedding: the vector that stands for each token",
    "output_norm": "norm before the output: a factor for each channel",
    "output": "output: from the last vector to a score for every token",
    "rope_freqs": "rotary positions: what each frequency is divided by",
    "rope_factors_short": "rotary positions: what each frequency is divided by, short contexts",
    "rope_factors_long": "rotary positions: what each frequency is divided by, long contexts",
    "attn_norm": "norm before the attention: a factor for each channel",
    "attn_q": "queries: what each token looks for",
    "attn_k": "keys: what each token can be found by",
    "attn_v": "values: what each token tells those that find it",
    "attn_qkv": "queries, keys and values in one matrix",
    "attn_q_norm": "norm of the queries: a factor for each channel of a head",
    "attn_k_norm": "norm of the keys: a factor for each channel of a head",
    "attn_output": "attention's way back: what all heads found, as one vector",
    "ffn_norm": "norm before the feed-forward part: a factor for each channel",
    "ffn_gate": "SwiGLU's gate: how far each feature is let through",
    "ffn_up": "SwiGLU's features: what the gate is multiplied with",
    "ffn_down": "SwiGLU's way back: the gated features as one vector",
    "ffn_gate_inp": "router: a score for each expert",
    "ffn_gate_exps": "SwiGLU's gates of all experts",
    "ffn_up_exps": "SwiGLU's features of all experts",
    "ffn_down_exps": "SwiGLU's way back of all experts",
    "ffn_gate_shexp": "SwiGLU's gate of the expert that every token has",
    "ffn_up_shexp": "SwiGLU's features of the expert that every token has",
    "ffn_down_shexp": "SwiGLU's way back of the expert that every token has",
}
_TIED = "embedding: the vector that stands for each token; the output uses it too"


def meaning(name: str, *, tied: bool = False) -> str:
    """What a tensor is for, "" where that is not known.

    Args:
        tied: the model has no output.weight, so that token_embd.weight serves for both.
    """
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in _MEANINGS:
        return ""
    role, kind, adapter = found.groups()
    if adapter:
        half = "narrows its input" if adapter == ".lora_a" else "widens that again"
        return f"LoRA's change of {role}: {half}"
    if kind == "bias":
        return f"bias: is added to what {role}.weight makes"
    return _TIED if tied and role == "token_embd" else _MEANINGS[role]
