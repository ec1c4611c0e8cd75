"""Binds the installed libggml and libllama, so that tests can ask them for the constants."""

import ctypes
from typing import Any

from llamachat.engine.build_id import library_folder


class TypeTraits(ctypes.Structure):
    """The beginning of `struct ggml_type_traits` (ggml.h)."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("block", ctypes.c_int64),
        ("interleave", ctypes.c_int64),
        ("size", ctypes.c_size_t),
        ("is_quantized", ctypes.c_bool),
        ("to_float", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)),
    )


def library(name: str) -> Any:
    """A shared library that llama-cpp-python brings along."""
    (path,) = [
        p for p in library_folder().iterdir() if p.name in (f"lib{name}.so", f"lib{name}.dylib")
    ]
    return ctypes.CDLL(str(path))


def traits(type_id: int) -> TypeTraits:
    """What ggml itself says of a tensor type."""
    base = library("ggml-base")
    base.ggml_get_type_traits.restype = ctypes.POINTER(TypeTraits)
    found: TypeTraits = base.ggml_get_type_traits(type_id).contents
    return found


def dequantize(type_id: int, blocks: bytes) -> list[float]:
    """The weights in these blocks, by ggml's own reference code."""
    kind = traits(type_id)
    n_weights = len(blocks) // kind.size * kind.block
    if kind.name == b"f32":
        return list((ctypes.c_float * n_weights).from_buffer_copy(blocks))
    weights = (ctypes.c_float * n_weights)()
    kind.to_float(blocks, weights, n_weights)
    return list(weights)


def is_valid(type_id: int, blocks: bytes) -> bool:
    """ggml finds no infinity and no NaN in these blocks."""
    validate = library("ggml-base").ggml_validate_row_data
    validate.restype = ctypes.c_bool
    validate.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
    return bool(validate(type_id, blocks, len(blocks)))
