"""Generated models on which no quantization type falls back: every row is a multiple of 256 long.

They have at least 8 layers, so that the mixtures of llama-quantize differ from layer to layer, and
heads of keys and values of their own or shared by two or four, for the mixtures heed that too.
"""

from tests.unit.build.hf_folders import Case

_WHOLE = {
    "hidden_size": 512, "intermediate_size": 768, "num_hidden_layers": 8, "vocab_size": 512,
    "num_attention_heads": 8, "num_key_value_heads": 8, "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False,
}  # fmt: skip
_LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}  # fmt: skip

MODELS = (
    Case("Whole-15M-Chat", _WHOLE),
    Case("grouped-in-twos", _WHOLE | {"num_key_value_heads": 4, "num_hidden_layers": 9}, "bf16",
         parts=3),
    Case("whole-tied", _WHOLE | {"tie_word_embeddings": True, "num_hidden_layers": 11}, "f16",
         pickled=True),
    Case("grouped-in-fours-tied", _WHOLE | {
        "num_key_value_heads": 2, "head_dim": 128, "tie_word_embeddings": True,
        "rope_scaling": _LLAMA3, "rope_theta": 500000.0, "max_position_embeddings": 131072}),
)  # fmt: skip
EVEN = 256
"""the longest block of any type"""
