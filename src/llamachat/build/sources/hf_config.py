"""Reads a Hugging Face config.json as the hyperparameters of a Llama.

What a file leaves out has the default of transformers 4.57, which llama.cpp's converter asks.
Architectures and features that would need other arithmetic are refused by name rather than built
wrongly; the sliding window of Mistral is left out as the converter leaves it out. Reads no weights.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.build.hparams import LlamaParams, RopeScaling, check
from llamachat.build.json_object import JsonObject, read_json
from llamachat.errors import ModelError

ARCHITECTURES = ("LlamaForCausalLM", "LLaMAForCausalLM", "MistralForCausalLM")
_MISTRAL = "MistralForCausalLM"
_SUPPORTED = "llamachat builds LlamaForCausalLM and MistralForCausalLM."
_ACTIVATIONS = ("silu", "swish")
_YARN = (
    ("ext_factor", ("extrapolation_factor",)),
    ("attn_factor", ("attention_factor", "attn_factor")),
    ("beta_fast", ("beta_fast",)),
    ("beta_slow", ("beta_slow",)),
)


def read_config(path: Path) -> LlamaParams:
    """The hyperparameters that a config.json says.

    Raises:
        ModelError: it is damaged, of another architecture or wants what llamachat does not build.
    """
    config = read_json(path)
    architecture = _architecture(config)
    _refuse_features(config)
    mistral = architecture == _MISTRAL
    n_embd = config.integer("hidden_size", 4096)
    n_head = config.integer("num_attention_heads", 32)
    kv_default = 8 if mistral and "num_key_value_heads" not in config.fields else n_head
    params = LlamaParams(
        n_vocab=config.integer("vocab_size", 32000),
        n_ctx=config.integer("max_position_embeddings", 131072 if mistral else 2048),
        n_embd=n_embd,
        n_layer=config.integer("num_hidden_layers", 32),
        n_head=n_head,
        n_head_kv=config.integer("num_key_value_heads", kv_default),
        n_ff=config.integer("intermediate_size", 14336 if mistral else 11008),
        head_dim=config.integer("head_dim", max(n_embd // n_head, 1)),
        norm_eps=config.number("rms_norm_eps", 1e-6),
        rope_theta=_rope(config).number("rope_theta", config.number("rope_theta", 10000.0)),
        rope_scaling=_scaling(config),
        tied=config.flag("tie_word_embeddings", False),
        says_head_dim=not mistral or config.has("head_dim"),
    )
    check(params, str(path))
    return params


def _architecture(config: JsonObject) -> str:
    named = config.texts("architectures")
    if not named:
        raise ModelError(f"{config.path} does not name the model's architecture.", _SUPPORTED)
    if named[0] not in ARCHITECTURES:
        raise ModelError(f"{config.path} is of the architecture {named[0][:80]!a}.", _SUPPORTED)
    return named[0]


def _refuse_features(config: JsonObject) -> None:
    quantization = config.inner("quantization_config")
    if quantization.fields:
        method = quantization.text("quant_method", "an unnamed method")
        raise ModelError(
            f"The weights of {config.path.parent} are already quantized by {method[:80]!a}.",
            "Give the original model, in float16, bfloat16 or float32.",
        )
    activation = config.text("hidden_act", "silu")
    rope = _rope(config)
    unsupported = {
        f"the activation {activation[:80]!a}": activation not in _ACTIVATIONS,
        "a mixture of experts (num_local_experts)": config.has("num_local_experts"),
        "pictures or sound (text_config)": config.has("text_config"),
        "a draft vocabulary (draft_vocab_size)": config.has("draft_vocab_size"),
        "attention to what follows (is_causal)": not config.flag("is_causal", True),
        "rope of several kinds (full_attention)": rope.has("full_attention"),
        "rope in sections (mrope_section)": rope.has("mrope_section"),
        "rope on a part of each head (partial_rotary_factor)": any(
            place.number("partial_rotary_factor", 1.0) != 1.0 for place in (config, rope)
        ),
    }
    for feature, is_there in unsupported.items():
        if is_there:
            raise ModelError(
                f"{config.path} asks for {feature}, which llamachat does not build.", _SUPPORTED
            )


def _rope(config: JsonObject) -> JsonObject:
    """transformers 5 says `rope_parameters` where 4 says `rope_scaling`."""
    return config.inner("rope_parameters" if "rope_parameters" in config.fields else "rope_scaling")


def _scaling(config: JsonObject) -> RopeScaling | None:
    rope = _rope(config)
    kind = rope.text("rope_type", rope.text("type", "default"))
    context = "original_max_position_embeddings"
    if kind == "default":
        return None
    if kind == "linear":
        return RopeScaling(kind, rope.number("factor"))
    if kind == "yarn":
        place = rope if rope.has(context) else config
        return RopeScaling(kind, rope.number("factor"), place.integer(context), yarn=_yarn(rope))
    if kind.lower() == "llama3":
        place = rope if rope.has(context) else config
        return RopeScaling(
            "llama3",
            rope.number("factor", 8.0),
            place.integer(context, 8192),
            low_freq_factor=rope.number("low_freq_factor", 1.0),
            high_freq_factor=rope.number("high_freq_factor", 4.0),
        )
    raise ModelError(
        f"{config.path} stretches its context by {kind[:80]!a}.",
        "llamachat knows linear, yarn and llama3.",
    )


def _yarn(rope: JsonObject) -> tuple[tuple[str, float], ...]:
    """The first key of each that is there counts, even if it is null, as in the converter."""
    said = []
    for name, keys in _YARN:
        present = [key for key in keys if key in rope.fields]
        value = rope.maybe_number(present[0]) if present else None
        if value is not None:
            said.append((name, value))
    return tuple(said)
