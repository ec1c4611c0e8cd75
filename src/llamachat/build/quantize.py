"""ggml's own kernels on NumPy rows: widen to f32, round, quantize. Bit for bit what llama.cpp does.

The only file of this room that touches llama.cpp's libraries; ctypes lets go of the interpreter
while a kernel runs, so threads run them side by side. Floats are converted by libggml-cpu, which
takes 0.06 ns for a weight where libggml-base takes 0.3 to 1.5 (and NumPy 0.1 to 1.7) for the same
bits; where it can not be loaded, libggml-base does it all. Knows nothing of models and files.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from llamachat.engine.build_id import library_folder
from llamachat.errors import EngineError
from llamachat.gguf.types import TENSOR_TYPE, TensorType

Floats = npt.NDArray[np.float32]
Stored = npt.NDArray[Any]
"""rows as a source holds them: float32, float16, or bf16 as uint16"""
Bytes = npt.NDArray[np.uint8]

F32, F16, BF16 = (TENSOR_TYPE[name] for name in ("f32", "f16", "bf16"))
STORED_AS: dict[str, npt.DTypeLike] = {"f32": np.float32, "f16": np.float16, "bf16": np.uint16}
"""the dtype that holds a row of each float type; NumPy has no bf16"""

_Convert = Callable[[int, int, int], None]
"""from address, to address, number of weights"""


@dataclass(frozen=True, slots=True)
class _Kernels:
    widen: dict[str, _Convert]
    narrow: dict[str, _Convert]
    quantize: Callable[[int, int, int, int, int, int, None], int]
    validate: Callable[[int, int, int], bool]


def widen(rows: Stored, out: Floats) -> None:
    """The same weights as f32; both are contiguous and of one size."""
    _same_size(rows, out)
    if rows.dtype == np.float32:
        np.copyto(out.reshape(-1), rows.reshape(-1))
        return
    kind = "f16" if rows.dtype == np.float16 else "bf16"
    if STORED_AS[kind] != rows.dtype.type:
        raise TypeError(f"rows of {rows.dtype} are no weights")
    _kernels().widen[kind](rows.ctypes.data, out.ctypes.data, rows.size)


def round_through(values: Floats, kind: TensorType, scratch: Stored) -> None:
    """Round f32 weights in place to what a float type can hold; `scratch` has 16 bits for each."""
    if kind == F32:
        return
    _same_size(values, scratch)
    kernels = _kernels()
    kernels.narrow[kind.name](values.ctypes.data, scratch.ctypes.data, values.size)
    kernels.widen[kind.name](scratch.ctypes.data, values.ctypes.data, values.size)


def is_finite(values: Floats) -> bool:
    """No infinity and no NaN, by two passes that SIMD makes cheap: a NaN is its own maximum."""
    limit = np.finfo(np.float32).max
    return bool(-limit <= values.min() and values.max() <= limit)


def quantize_rows(values: Floats, kind: TensorType, out: Bytes) -> bool:
    """Quantize rows of f32 into `out`; False where a block came out infinite or as no number.

    Args:
        values: two dimensions, contiguous; a row is a multiple of the type's block.
        out: as many bytes as the rows take in `kind`.
    """
    n_rows, row = values.shape
    if row % kind.block or out.size != n_rows * kind.row_bytes(row):
        raise ValueError(f"{n_rows} rows of {row} do not make {out.size} bytes of {kind.name}")
    _require_contiguous(values, out)
    kernels = _kernels()
    source, target = values.ctypes.data, out.ctypes.data
    if kind == F32:
        np.copyto(out, values.view(np.uint8).reshape(-1))
    elif kind.name in kernels.narrow:
        kernels.narrow[kind.name](source, target, values.size)
    else:
        kernels.quantize(kind.id, source, target, 0, n_rows, row, None)
        return bool(kernels.validate(kind.id, target, out.size))
    return True


def _same_size(left: Stored, right: Stored) -> None:
    if left.size != right.size:
        raise ValueError(f"{left.size} weights do not fit in {right.size}")
    _require_contiguous(left, right)


def _require_contiguous(*arrays: Stored) -> None:
    if not all(array.flags.c_contiguous for array in arrays):
        raise ValueError("rows are not contiguous")


@cache
def _kernels() -> _Kernels:
    folder = library_folder()
    base = _load(folder, "ggml-base")
    fast = _load_fast(folder)
    quantize, validate = base.ggml_quantize_chunk, base.ggml_validate_row_data
    quantize.restype = ctypes.c_size_t
    quantize.argtypes = [
        *(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p),
        *(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p),
    ]
    validate.restype = ctypes.c_bool
    validate.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    # ggml_fp32_to_bf16_row flushes subnormals on some processors: the reference never does
    narrow = {
        "f16": _conversion(fast, "ggml_cpu_fp32_to_fp16", base, "ggml_fp32_to_fp16_row"),
        "bf16": _conversion(fast, "ggml_cpu_fp32_to_bf16", base, "ggml_fp32_to_bf16_row_ref"),
    }
    wide = {
        "f16": _conversion(fast, "ggml_cpu_fp16_to_fp32", base, "ggml_fp16_to_fp32_row"),
        "bf16": _conversion(fast, "ggml_cpu_bf16_to_fp32", base, "ggml_bf16_to_fp32_row"),
    }
    return _Kernels(wide, narrow, quantize, validate)


def _conversion(fast: ctypes.CDLL | None, name: str, base: ctypes.CDLL, fallback: str) -> _Convert:
    convert: Any = getattr(fast, name, None) if fast else None
    if convert is None:
        convert = getattr(base, fallback)
    convert.restype = None
    convert.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    found: _Convert = convert
    return found


def _load(folder: Path, name: str) -> ctypes.CDLL:
    files = [folder / f"{start}{name}{end}" for start, end in (("lib", ".so"), ("lib", ".dylib"))]
    found = [file for file in files if file.exists()]
    try:
        return ctypes.CDLL(str(found[0] if found else files[0]))
    except OSError as error:
        raise EngineError(
            f"The engine's library cannot be loaded: {error}.",
            "Run `llamachat doctor --rebuild` to build it for this machine.",
        ) from None


def _load_fast(folder: Path) -> ctypes.CDLL | None:
    """libggml-cpu, absent by this name where a build has one for each kind of processor."""
    try:
        return _load(folder, "ggml-cpu")
    except EngineError:
        return None
