"""What a build is asked for: quantization types, overrides, the float type to round through.

A recipe is a value: the plan applies it to a model, the manifest stores it. Knows the types that
can be built here, which are those that need no importance matrix; nothing of tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from llamachat.errors import UsageError
from llamachat.gguf.mixture import NEEDS_IMATRIX
from llamachat.gguf.types import TENSOR_TYPE, FileType, TensorType, file_type

FILE_TYPE_NAMES = (
    "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q3_K_M",
    "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ4_NL", "IQ4_XS",
)  # fmt: skip
"""file types that can be built; q3_K, q4_K and q5_K mean their medium mixtures"""
TENSOR_TYPE_NAMES = (
    "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_K", "q3_K", "q4_K", "q5_K",
    "q6_K", "iq4_nl", "iq4_xs",
)  # fmt: skip
"""types that output.weight and token_embd.weight can be given"""
FLOATS = ("f16", "bf16", "f32")
MAX_THREADS = 512

_FILE_TYPES = tuple(file_type(name) for name in FILE_TYPE_NAMES)
_F16 = file_type("f16")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is to be quantized; several file types come from one reading of it."""

    types: tuple[FileType, ...]
    pure: bool = False
    """no mixtures: every weight matrix gets the main type"""
    output_type: TensorType | None = None
    embedding_type: TensorType | None = None
    keep_f16: bool = False
    """an f16 file as well"""
    intermediate: TensorType = TENSOR_TYPE["f16"]
    """weights are rounded to this before they are quantized, as if converted to a file first"""
    threads: int = 0
    """0: as many as this process may use"""

    @property
    def outputs(self) -> tuple[FileType, ...]:
        """The file type of each file that is written, in order."""
        also = (_F16,) if self.keep_f16 and _F16 not in self.types else ()
        return self.types + also


def make_recipe(
    types: str | Sequence[str],
    *,
    pure: bool = False,
    output_type: str = "",
    embedding_type: str = "",
    keep_f16: bool = False,
    intermediate: str = "f16",
    threads: int = 0,
) -> Recipe:
    """A recipe from what a person typed: `q4_0,q8_0`, in any case.

    Raises:
        UsageError: a type that is unknown, or that can not be built here.
    """
    names = types.split(",") if isinstance(types, str) else list(types)
    kinds = dict.fromkeys(_file_type(name.strip()) for name in names if name.strip())
    if not kinds:
        raise UsageError(
            "No quantization type is given.",
            "Add one: --type q4_0. They are listed by llamachat build --help",
        )
    if not 0 <= threads <= MAX_THREADS:
        raise UsageError(
            f"{threads} threads can not build a model.", f"Use 1 to {MAX_THREADS}, or leave it out."
        )
    if (output_type or embedding_type) and not any(map(is_quantized_type, kinds)):
        raise UsageError(
            "Types for single tensors go with a quantized type, not with f32, f16 or bf16 alone.",
            "Add one: --type q4_0",
        )
    return Recipe(
        tuple(kinds),
        pure=pure,
        output_type=_tensor_type(output_type) if output_type else None,
        embedding_type=_tensor_type(embedding_type) if embedding_type else None,
        keep_f16=keep_f16,
        intermediate=_float_type(intermediate),
        threads=threads,
    )


def is_quantized_type(ftype: FileType) -> bool:
    """It stores weights in blocks, not as floats."""
    return TENSOR_TYPE[ftype.tensor_type].block > 1


def _file_type(name: str) -> FileType:
    wanted = name.upper()
    if wanted in NEEDS_IMATRIX:
        raise UsageError(
            f"{wanted} needs an importance matrix, which llamachat does not compute.",
            "Choose another type: q2_K is the smallest without one.",
        )
    wanted = f"{wanted}_M" if wanted in ("Q3_K", "Q4_K", "Q5_K") else wanted
    for kind in _FILE_TYPES:
        if kind.quantize_name == wanted:
            return kind
    raise _unknown(name, "quantization type", FILE_TYPE_NAMES)


def _tensor_type(name: str) -> TensorType:
    known = {kind.upper(): kind for kind in TENSOR_TYPE_NAMES}
    if name.upper() not in known:
        raise _unknown(name, "tensor type", TENSOR_TYPE_NAMES)
    return TENSOR_TYPE[known[name.upper()]]


def _float_type(name: str) -> TensorType:
    if name.lower() not in FLOATS:
        raise _unknown(name, "intermediate type", FLOATS)
    return TENSOR_TYPE[name.lower()]


def _unknown(name: str, what: str, known: Sequence[str]) -> UsageError:
    lowered = [kind.lower() for kind in known]
    near = get_close_matches(name.lower(), lowered, n=1)
    closest = f"Did you mean {near[0]}? " if near else ""
    return UsageError(f"There is no {what} {name!r} here.", f"{closest}Known: {', '.join(lowered)}")
