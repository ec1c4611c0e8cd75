"""A GGUF as a file of weights to build from: its float tensors, mapped; its quantized ones, named.

The header is read and checked by `gguf.reader`, here it is only laid over the mapped file. Knows
nothing of architectures.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.build.mapped_file import Contents, MappedFile, damaged, map_tensor
from llamachat.build.tensor_file import NUMPY_TYPES
from llamachat.gguf.reader import read_header


class GGUFFile(MappedFile):
    """An opened GGUF; its tensors are in the order of the file."""

    def __init__(self, path: Path) -> None:
        self.header = read_header(path)
        super().__init__(path)

    def _contents(self) -> Contents:
        if len(self._mapped) < self.header.file_size:
            raise damaged(self.path, "it shrank while it was opened")
        contents: Contents = ({}, {})
        tensors, others = contents
        for tensor in self.header.tensors:
            kind, name = tensor.type.name, tensor.name
            if kind in NUMPY_TYPES:
                place = self.header.data_offset + tensor.offset
                tensors[name] = map_tensor(self._mapped, name, kind, tensor.shape[::-1], place)
            else:
                others[name] = kind
        return contents
