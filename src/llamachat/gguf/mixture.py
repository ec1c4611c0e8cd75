"""Which tensor type llama-quantize gives to each tensor of a Llama: the mixtures behind Q4_K_M.

A file type names the type of most tensors; the rules here are the exceptions, as
`llama_tensor_get_type` (llama-quant.cpp of the pinned llama.cpp) makes them for the Llama
architecture without experts and without an importance matrix. A test compares them with what
`llama_model_quantize` really does. Knows nothing of weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llamachat.errors import UsageError
from llamachat.gguf.types import TENSOR_TYPE, FileType, TensorType, file_type

NEEDS_IMATRIX = (
    "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS", "Q2_K_S",
)  # fmt: skip
"""llama-quantize refuses these without an importance matrix"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a weight matrix stands in its model."""

    role: str
    """the part of its name that says what it does: attn_v, ffn_down, output, …"""
    row: int
    """weights in a row"""
    layer: int
    n_layer: int
    gqa: int
    """query heads for each key/value head"""
    tied: bool
    """the model has no output.weight: token_embd serves for both"""


def _always(_place: Place) -> bool:
    return True


def _grouped(place: Place) -> bool:
    return place.gqa >= 4


def _below(layers: int) -> Callable[[Place], bool]:
    return lambda place: place.layer < layers


def _first(part: int) -> Callable[[Place], bool]:
    return lambda place: place.layer < place.n_layer // part


def _more_bits(place: Place) -> bool:
    """The first and the last eighth, and every third layer between them."""
    eighth = place.n_layer // 8
    middle = (place.layer - eighth) % 3 == 2
    return place.layer < eighth or place.layer >= 7 * place.n_layer // 8 or middle


_Rules = dict[str, tuple[tuple[Callable[[Place], bool], str], ...]]

_ATTN_V: _Rules = {
    "Q2_K": ((_grouped, "q4_K"), (_always, "q3_K")),
    "Q3_K_M": ((_below(2), "q5_K"), (_always, "q4_K")),
    "Q3_K_L": ((_always, "q5_K"),),
    "Q4_K_S": ((_below(4), "q5_K"),),
    "Q4_K_M": ((_more_bits, "q6_K"),),
    "Q5_K_M": ((_more_bits, "q6_K"),),
    "IQ3_S": ((_grouped, "q4_K"),),
    "IQ3_M": ((_always, "q4_K"),),
    "IQ4_NL": ((_grouped, "q5_K"),),
    "IQ4_XS": ((_grouped, "q5_K"),),
}
_FFN_DOWN: _Rules = {
    "Q2_K": ((_always, "q3_K"),),
    "Q3_K_M": ((_first(16), "q5_K"), (_always, "q4_K")),
    "Q3_K_L": ((_always, "q5_K"),),
    "Q4_K_S": ((_first(8), "q5_K"),),
    "Q4_K_M": ((_more_bits, "q6_K"),),
    "Q5_K_M": ((_more_bits, "q6_K"),),
    "IQ3_M": ((_first(8), "q4_K"),),
    "IQ4_NL": ((_first(8), "q5_K"),),
    "IQ4_XS": ((_first(8), "q5_K"),),
}
_ATTN_OUTPUT: _Rules = {
    "Q2_K": ((_always, "q3_K"),),
    "Q3_K_M": ((_always, "q4_K"),),
    "Q3_K_L": ((_always, "q5_K"),),
    "IQ3_M": ((_always, "q4_K"),),
}
_RULES = {"attn_v": _ATTN_V, "ffn_down": _FFN_DOWN, "attn_output": _ATTN_OUTPUT}

_FALLBACKS = {
    "iq3_s": "iq4_nl", "iq4_xs": "iq4_nl", "q2_K": "q4_0", "q3_K": "q4_0", "tq1_0": "q4_0",
    "tq2_0": "q4_0", "q2_0": "q4_0", "q4_K": "q5_0", "q5_K": "q5_1", "q6_K": "q8_0",
}  # fmt: skip
"""where the row is no multiple of the block"""


def mixed_type(ftype: FileType, place: Place) -> TensorType:
    """The type of one weight matrix (never a norm) in a file of `ftype`.

    Raises:
        UsageError: llama-quantize makes this file type only from an importance matrix.
    """
    if ftype.quantize_name in NEEDS_IMATRIX:
        raise UsageError(
            f"{ftype.quantize_name} mixtures depend on an importance matrix.",
            "Choose another type, or a pure model of this one.",
        )
    if TENSOR_TYPE[ftype.tensor_type].block == 1:
        return TENSOR_TYPE[ftype.tensor_type]
    return _fitting(TENSOR_TYPE[_wanted(ftype, place)], place.row)


def chosen_type(
    ftype: FileType,
    place: Place,
    *,
    pure: bool = False,
    output: TensorType | None = None,
    embedding: TensorType | None = None,
) -> TensorType:
    """The type of one weight matrix where a person may ask for more than the file type says.

    Args:
        pure: no mixture, the main type everywhere.
        output: for output.weight; in a model without one, for the embeddings it shares.
        embedding: for token_embd.weight, before anything else.

    Raises:
        UsageError: a type asked for does not fit the row, or needs an importance matrix.
    """
    asked = {"output": output, "token_embd": embedding}.get(place.role)
    if asked is not None:
        return _required(asked, place)
    if pure:
        return pure_type(ftype.quantize_name, place.row)
    quantized = TENSOR_TYPE[ftype.tensor_type].block > 1
    if output is not None and quantized and place.tied and place.role == "token_embd":
        return _fitting(output, place.row)
    return mixed_type(ftype, place)


def is_quantized(name: str, n_dims: int) -> bool:
    """llama-quantize changes this tensor of a Llama: a weight matrix that is no norm."""
    return n_dims > 1 and name.endswith("weight") and "_norm.weight" not in name


def _required(kind: TensorType, place: Place) -> TensorType:
    if place.row % kind.block:
        raise UsageError(
            f"{place.role}.weight can not be {kind.name}: its rows of {place.row} weights are no "
            f"multiple of {kind.block}.",
            "Choose q8_0 or f16 for it.",
        )
    return kind


def pure_type(name: str, row: int) -> TensorType:
    """The one type of a pure model: a tensor type's name, or the main type of a file type's."""
    kinds = {kind.name.upper(): kind for kind in TENSOR_TYPE.values()}
    kind = kinds.get(name.upper()) or TENSOR_TYPE[file_type(name).tensor_type]
    return _fitting(kind, row)


def _wanted(ftype: FileType, place: Place) -> str:
    if ftype.quantize_name == "MXFP4_MOE":
        return "q8_0"  # mxfp4 is for experts only
    if place.role == "output" or (place.tied and place.role == "token_embd"):
        return _output_type(ftype, place.row)
    if place.role == "token_embd" and ftype.quantize_name in ("TQ1_0", "TQ2_0", "Q2_0"):
        return "q4_K"
    name = ftype.tensor_type
    for holds, other in _RULES.get(place.role, {}).get(ftype.quantize_name, ()):
        if holds(place):
            name = other
            break
    if (
        place.role == "attn_v"
        and place.n_layer == 80
        and place.gqa > 1
        and name in ("q3_K", "q4_K")
    ):
        return "q5_K"  # Llama-2-70B: eight heads share it, so more bits cost little
    return name


def _output_type(ftype: FileType, row: int) -> str:
    base = TENSOR_TYPE[ftype.tensor_type]
    if row % base.block or base.name == "q8_0":
        return "q8_0"
    return "q6_K"


def _fitting(kind: TensorType, row: int) -> TensorType:
    if row % kind.block == 0:
        return kind
    fallback = TENSOR_TYPE[_FALLBACKS.get(kind.name, kind.name)]
    return fallback if row % fallback.block == 0 else TENSOR_TYPE["f16"]
