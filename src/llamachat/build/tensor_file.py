"""Weights as a file stores them: named tensors that are mapped into memory and read by rows.

What every format has in common once its table of contents is read. A tensor is a view of the
mapped file: looking at it costs nothing, and only the rows that are read come into memory. Does
not know what any format looks like, nor what a tensor means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from llamachat.errors import ModelError

Rows = npt.NDArray[Any]
"""weights as they are stored: float32, float16, or bf16 as uint16 (NumPy has no bf16)"""

NUMPY_TYPES: dict[str, np.dtype[Any]] = {
    "f32": np.dtype("<f4"),
    "f16": np.dtype("<f2"),
    "bf16": np.dtype("<u2"),
}
MAX_DIMS = 8
MAX_WEIGHTS = 1 << 40
"""of one tensor: a hundred times the largest known"""


@dataclass(frozen=True, slots=True, eq=False)
class StoredTensor:
    """One tensor of a file, in the shape and the type that the file gives it."""

    name: str
    dtype: str
    """a key of NUMPY_TYPES"""
    shape: tuple[int, ...]
    """outermost first, as PyTorch says it"""
    weights: Rows
    """a read-only view of the mapped file"""

    @property
    def n_rows(self) -> int:
        """1 for a vector, so that whatever is read has two dimensions."""
        return self.shape[0] if len(self.shape) > 1 else 1

    def rows(self, start: int, stop: int) -> Rows:
        """Rows `start` to `stop` (exclusive), not copied."""
        if not 0 <= start <= stop <= self.n_rows:
            raise ValueError(f"{self.name} has {self.n_rows} rows, not {start} to {stop}")
        matrix = self.weights if len(self.shape) > 1 else self.weights.reshape(1, -1)
        return matrix[start:stop]


class TensorFile(Protocol):
    """A file of tensors, open until it is closed."""

    @property
    def path(self) -> Path: ...

    @property
    def tensors(self) -> Mapping[str, StoredTensor]:
        """In the order of the format; only those of float types."""

    @property
    def others(self) -> Mapping[str, str]:
        """Names of all other tensors, with their types in words: int64, float64, …"""

    def close(self) -> None: ...


def find_tensor(file: TensorFile, name: str) -> StoredTensor:
    """The tensor of that name.

    Raises:
        ModelError: there is none, or its type holds no weights.
    """
    found = file.tensors.get(name)
    if found is not None:
        return found
    if name in file.others:
        raise ModelError(
            f"The tensor {name} in {file.path} is stored as {file.others[name]}; weights are "
            "float32, float16 or bfloat16.",
            "Save the model in one of these types.",
        )
    raise ModelError(f"{file.path} has no tensor {name}.", "Get all files of the model again.")
