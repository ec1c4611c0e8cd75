"""A GGUF as a file of weights to build from: its float tensors, mapped; its quantized ones, named.

The header is read and checked by `gguf.reader`, here it is only laid over the mapped file. Knows
nothing of architectures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from llamachat.build.mapped_file import close_mapping, damaged, map_file, map_tensor
from llamachat.build.tensor_file import NUMPY_TYPES, StoredTensor
from llamachat.gguf.reader import read_header


class GGUFFile:
    """An opened GGUF; its tensors are in the order of the file."""

    def __init__(self, path: Path) -> None:
        """Map the file.

        Raises:
            ModelError: it is no GGUF, damaged or cut off.
        """
        self.path = path
        self.header = read_header(path)
        self._mapped = map_file(path)
        if len(self._mapped) < self.header.file_size:
            raise damaged(path, "it shrank while it was opened")
        tensors: dict[str, StoredTensor] = {}
        others: dict[str, str] = {}
        for tensor in self.header.tensors:
            kind, name = tensor.type.name, tensor.name
            if kind in NUMPY_TYPES:
                place = self.header.data_offset + tensor.offset
                tensors[name] = map_tensor(self._mapped, name, kind, tensor.shape[::-1], place)
            else:
                others[name] = kind
        self.tensors: Mapping[str, StoredTensor] = tensors
        self.others: Mapping[str, str] = others

    def close(self) -> None:
        self.tensors = {}
        close_mapping(self._mapped)
