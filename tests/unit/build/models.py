"""Small Llamas with random weights, as sources to build from and as the files that a converter
would make of them. Weights are normal with a few outliers: blocks with different scales, values
that f16 rounds, subnormals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from llamachat.build.hparams import LlamaParams
from llamachat.build.source import PlannedTensor
from llamachat.gguf.generated import LlamaShape, plan_tensors, write_generated_llama
from llamachat.gguf.metadata import Metadata, u32
from llamachat.gguf.reader import read_header
from llamachat.gguf.types import TENSOR_TYPE, file_type
from llamachat.gguf.writer import TensorSource, write_gguf

GROUPED = LlamaShape(8, 256, 4, 1, 256, 272, 128)
WHOLE = LlamaShape(9, 256, 4, 4, 512, 272, 128)
"""every head has keys of its own"""

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Model:
    """A source (`llamachat.build.source.Source`) whose weights are in memory."""

    shape: LlamaShape
    entries: Metadata
    weights: dict[str, Weights]
    dtype: str = "f32"
    kind: str = "Generated"
    path: Path = Path("nowhere")
    files: tuple[Path, ...] = ()
    base_name: str = "model"

    @property
    def hparams(self) -> LlamaParams:
        shape = self.shape
        sizes = (shape.n_vocab, shape.n_ctx, shape.n_embd, shape.n_layer, shape.n_head)
        head_dim = shape.n_embd // shape.n_head
        return LlamaParams(*sizes, shape.n_head_kv, shape.n_ff, head_dim, 1e-5, tied=shape.tied)

    def metadata(self) -> Metadata:
        return dict(self.entries)

    def tensors(self) -> Sequence[PlannedTensor]:
        return [self._planned(name, weights) for name, weights in self.weights.items()]

    def close(self) -> None:
        pass

    def _planned(self, name: str, weights: Weights) -> PlannedTensor:
        dtype = self.dtype if weights.ndim > 1 else "f32"
        rows = stored(weights, dtype).reshape(-1, weights.shape[-1])
        shape = tuple(reversed(weights.shape))
        return PlannedTensor(name, shape, dtype, lambda start, stop: rows[start:stop])


def make_model(folder: Path, shape: LlamaShape = GROUPED, dtype: str = "f32") -> Model:
    """Random weights that `dtype` can hold; the same for the same shape and type."""
    path = folder / "header.gguf"
    write_generated_llama(path, shape, "f16")
    entries = read_header(path).metadata
    path.unlink()
    rng = np.random.default_rng(7)
    weights = {}
    for matrix in plan_tensors(shape, "f16"):
        values = rng.standard_normal(matrix.dims[::-1], np.float32) * np.float32(0.03)
        values *= np.where(rng.random(values.shape) < 0.01, 8, 1).astype(np.float32)
        values[..., ::97] *= np.float32(1e-5)
        weights[matrix.name] = rounded(values, dtype if values.ndim > 1 else "f32")
    return Model(shape, entries, weights, dtype)


def write_converted(path: Path, model: Model, ftype: str) -> None:
    """The file that llama.cpp's converter makes of the model: f32, f16 or bf16."""
    entries = model.entries | {"general.file_type": u32(file_type(ftype).id)}
    tensors = []
    for name, weights in model.weights.items():
        kind = ftype if weights.ndim > 1 else "f32"
        data = stored(weights, kind).tobytes()
        shape = tuple(reversed(weights.shape))
        tensors.append(TensorSource(name, shape, TENSOR_TYPE[kind], partial(_once, data)))
    write_gguf(path, entries, tensors)


def _once(data: bytes) -> list[bytes]:
    return [data]


def stored(values: Weights, dtype: str) -> npt.NDArray[Any]:
    """As a file holds them, by NumPy's own rounding: to the nearest, ties to even."""
    if dtype == "f16":
        return values.astype(np.float16)
    if dtype == "bf16":
        bits = values.view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return values


def rounded(values: Weights, dtype: str) -> Weights:
    """The nearest values that `dtype` can hold."""
    if dtype == "bf16":
        return (stored(values, dtype).astype(np.uint32) << 16).view(np.float32)
    result: Weights = stored(values, dtype).astype(np.float32)
    return result
