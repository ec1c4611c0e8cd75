"""What the header of a GGUF file says: metadata, tensors, and where their data lie.

Plain values with a few views of them; `reader` makes them from a file and has checked all of them.
Knows nothing of reading, nor of what an engine does with a model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import prod
from pathlib import Path

from llamachat.gguf.metadata import Array, Metadata, Value
from llamachat.gguf.types import FILE_TYPES, GUESSED, TensorType, ftype_name


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor: what it is and where its bytes are."""

    name: str
    shape: tuple[int, ...]
    """ggml's order: the length of a row first"""
    type: TensorType
    offset: int
    """from the beginning of the data section"""

    @property
    def n_weights(self) -> int:
        return prod(self.shape)

    @property
    def n_bytes(self) -> int:
        return self.type.row_bytes(self.n_weights)


@dataclass(frozen=True, slots=True)
class Split:
    """This file is one of several that hold a model together."""

    index: int
    """from 0"""
    count: int
    n_tensors: int
    """in all files"""


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """A file's header, checked against the size of the file."""

    path: Path
    version: int
    metadata: Metadata
    tensors: tuple[TensorInfo, ...]
    alignment: int
    data_offset: int
    """of the data section in the file"""
    file_size: int
    split: Split | None

    def text(self, key: str, default: str = "") -> str:
        """A string of the metadata, fit to print: what is no UTF-8 becomes U+FFFD."""
        value = self.metadata.get(key)
        if not isinstance(value, Value) or not isinstance(value.data, str):
            return default
        return value.data.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def integer(self, key: str, default: int = 0) -> int:
        """An integer of the metadata; `default` where it is absent or anything else."""
        value = self.metadata.get(key)
        if not isinstance(value, Value) or type(value.data) is not int:
            return default
        return value.data

    def hyperparameter(self, name: str, default: int = 0) -> int:
        """An integer of the architecture: `block_count`, `attention.head_count`, …"""
        return self.integer(f"{self.architecture}.{name}", default)

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    @property
    def name(self) -> str:
        """What the model calls itself, or what its file is called."""
        return self.text("general.name") or self.path.stem

    @property
    def ftype(self) -> str:
        """The file type in words, guessed from the most frequent tensor type where not said."""
        said = self.integer("general.file_type", -1)
        if said >= 0:
            return ftype_name(said)
        counts = Counter(tensor.type.name for tensor in self.tensors if len(tensor.shape) > 1)
        for most, _ in counts.most_common(1):
            same = [kind for kind in FILE_TYPES.values() if kind.tensor_type == most]
            medium = [kind for kind in same if kind.quantize_name.endswith("_M")]
            for kind in (medium or same)[:1]:
                return ftype_name(kind.id | GUESSED)
        return "unknown"

    @property
    def n_vocab(self) -> int:
        """Tokens of the vocabulary, 0 where there is none."""
        tokens = self.metadata.get("tokenizer.ggml.tokens")
        return tokens.length if isinstance(tokens, Array) else 0

    @property
    def weight_types(self) -> frozenset[str]:
        """The types of its matrices; norms and biases have one dimension."""
        return frozenset(tensor.type.name for tensor in self.tensors if len(tensor.shape) > 1)

    @property
    def n_params(self) -> int:
        """Weights of all tensors in this file."""
        return sum(tensor.n_weights for tensor in self.tensors)

    @property
    def tensor_bytes(self) -> int:
        """Bytes of all tensors in this file."""
        return sum(tensor.n_bytes for tensor in self.tensors)
