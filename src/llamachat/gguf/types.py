"""The tensor types of ggml and the file types of llama.cpp: numbers, names and block sizes.

Constants are those of the pinned llama.cpp: tensor type numbers from `enum ggml_type` (ggml.h),
names and sizes from `type_traits` (ggml.c) and the block structs of ggml-common.h; file type
numbers from `enum llama_ftype` (llama.h), their long names from `llama_ftype_name`
(llama-model-loader.cpp), the short ones from llama-quantize, the tensor type behind each from
`llama_ftype_get_default_type` (llama-quant.cpp). A test compares all of them with the installed
library. Knows nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.errors import UsageError


@dataclass(frozen=True, slots=True)
class TensorType:
    """How the weights of one tensor are stored: blocks of `block` weights in `size` bytes."""

    id: int
    name: str
    """as ggml prints it"""
    block: int
    size: int

    def row_bytes(self, n_weights: int) -> int:
        """Bytes of a row; its length is a multiple of `block`."""
        return n_weights // self.block * self.size


def _tensor_types() -> dict[int, TensorType]:
    table = (
        (0, "f32", 1, 4), (1, "f16", 1, 2), (2, "q4_0", 32, 18), (3, "q4_1", 32, 20),
        (6, "q5_0", 32, 22), (7, "q5_1", 32, 24), (8, "q8_0", 32, 34), (9, "q8_1", 32, 36),
        (10, "q2_K", 256, 84), (11, "q3_K", 256, 110), (12, "q4_K", 256, 144),
        (13, "q5_K", 256, 176), (14, "q6_K", 256, 210), (15, "q8_K", 256, 292),
        (16, "iq2_xxs", 256, 66), (17, "iq2_xs", 256, 74), (18, "iq3_xxs", 256, 98),
        (19, "iq1_s", 256, 50), (20, "iq4_nl", 32, 18), (21, "iq3_s", 256, 110),
        (22, "iq2_s", 256, 82), (23, "iq4_xs", 256, 136), (24, "i8", 1, 1), (25, "i16", 1, 2),
        (26, "i32", 1, 4), (27, "i64", 1, 8), (28, "f64", 1, 8), (29, "iq1_m", 256, 56),
        (30, "bf16", 1, 2), (34, "tq1_0", 256, 54), (35, "tq2_0", 256, 66),
        (39, "mxfp4", 32, 17), (40, "nvfp4", 64, 36), (41, "q1_0", 128, 18), (42, "q2_0", 64, 18),
    )  # fmt: skip
    return {row[0]: TensorType(*row) for row in table}


TENSOR_TYPES: dict[int, TensorType] = _tensor_types()
TENSOR_TYPE: dict[str, TensorType] = {kind.name: kind for kind in TENSOR_TYPES.values()}

REMOVED_TENSOR_TYPES: dict[int, str] = {
    4: "q4_2", 5: "q4_3", 31: "q4_0_4_4", 32: "q4_0_4_8", 33: "q4_0_8_8",
    36: "iq4_nl_4_4", 37: "iq4_nl_4_8", 38: "iq4_nl_8_8",
}  # fmt: skip
"""numbers that old files carry and llama.cpp no longer reads"""


@dataclass(frozen=True, slots=True)
class FileType:
    """How a whole model is quantized; one file holds tensors of several types."""

    id: int
    quantize_name: str
    """llama-quantize's name, the one in file names: Q4_K_M"""
    name: str
    """what llama.cpp prints: Q4_K - Medium"""
    tensor_type: str
    """the type of most of its tensors"""


def _file_types() -> dict[int, FileType]:
    table = (
        (0, "F32", "all F32", "f32"),
        (1, "F16", "F16", "f16"),
        (2, "Q4_0", "Q4_0", "q4_0"),
        (3, "Q4_1", "Q4_1", "q4_1"),
        (7, "Q8_0", "Q8_0", "q8_0"),
        (8, "Q5_0", "Q5_0", "q5_0"),
        (9, "Q5_1", "Q5_1", "q5_1"),
        (10, "Q2_K", "Q2_K - Medium", "q2_K"),
        (11, "Q3_K_S", "Q3_K - Small", "q3_K"),
        (12, "Q3_K_M", "Q3_K - Medium", "q3_K"),
        (13, "Q3_K_L", "Q3_K - Large", "q3_K"),
        (14, "Q4_K_S", "Q4_K - Small", "q4_K"),
        (15, "Q4_K_M", "Q4_K - Medium", "q4_K"),
        (16, "Q5_K_S", "Q5_K - Small", "q5_K"),
        (17, "Q5_K_M", "Q5_K - Medium", "q5_K"),
        (18, "Q6_K", "Q6_K", "q6_K"),
        (19, "IQ2_XXS", "IQ2_XXS - 2.0625 bpw", "iq2_xxs"),
        (20, "IQ2_XS", "IQ2_XS - 2.3125 bpw", "iq2_xs"),
        (21, "Q2_K_S", "Q2_K - Small", "q2_K"),
        (22, "IQ3_XS", "IQ3_XS - 3.3 bpw", "iq3_s"),
        (23, "IQ3_XXS", "IQ3_XXS - 3.0625 bpw", "iq3_xxs"),
        (24, "IQ1_S", "IQ1_S - 1.5625 bpw", "iq1_s"),
        (25, "IQ4_NL", "IQ4_NL - 4.5 bpw", "iq4_nl"),
        (26, "IQ3_S", "IQ3_S - 3.4375 bpw", "iq3_s"),
        (27, "IQ3_M", "IQ3_S mix - 3.66 bpw", "iq3_s"),
        (28, "IQ2_S", "IQ2_S - 2.5 bpw", "iq2_xs"),
        (29, "IQ2_M", "IQ2_M - 2.7 bpw", "iq2_s"),
        (30, "IQ4_XS", "IQ4_XS - 4.25 bpw", "iq4_xs"),
        (31, "IQ1_M", "IQ1_M - 1.75 bpw", "iq1_m"),
        (32, "BF16", "BF16", "bf16"),
        (36, "TQ1_0", "TQ1_0 - 1.69 bpw ternary", "tq1_0"),
        (37, "TQ2_0", "TQ2_0 - 2.06 bpw ternary", "tq2_0"),
        (38, "MXFP4_MOE", "MXFP4 MoE", "mxfp4"),
        (39, "NVFP4", "NVFP4", "nvfp4"),
        (40, "Q1_0", "Q1_0", "q1_0"),
        (41, "Q2_0", "Q2_0", "q2_0"),
    )
    return {row[0]: FileType(*row) for row in table}


FILE_TYPES: dict[int, FileType] = _file_types()
_BY_NAME = {kind.quantize_name: kind for kind in FILE_TYPES.values()}
_ALIASES = {"Q3_K": "Q3_K_M", "Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M"}  # as llama-quantize reads them
GUESSED = 1024
"""LLAMA_FTYPE_GUESSED: the file does not say"""


def file_type(name: str) -> FileType:
    """The file type that a person names, in any case: q4_0, Q4_K_M, q4_k.

    Raises:
        UsageError: there is none of that name.
    """
    wanted = name.upper()
    found = _BY_NAME.get(_ALIASES.get(wanted, wanted))
    if found is None:
        raise UsageError(f"Unknown quantization type {name!r}.", f"Known: {', '.join(_BY_NAME)}.")
    return found


def ftype_name(number: int) -> str:
    """A `general.file_type` in words, as llama.cpp prints it."""
    kind = FILE_TYPES.get(number & ~GUESSED)
    name = kind.name if kind else "unknown, may not work"
    return f"(guessed) {name}" if number & GUESSED else name
