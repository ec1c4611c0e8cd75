"""A checkpoint of llama2.c: the weights of a small Llama in one file, in Meta's layout.

It is written as llama.cpp's converter would write the same weights in a Hugging Face folder. Its
tokenizer is a file beside it. Knows nothing of the file's format.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.build.hparams import LlamaParams, hparams_metadata
from llamachat.build.llama2c_file import Llama2cFile
from llamachat.build.source import PlannedTensor
from llamachat.build.sources.tensor_names import in_converter_order
from llamachat.gguf.metadata import Metadata, text


class Llama2cSource:
    """An opened checkpoint of llama2.c."""

    kind = "llama2.c"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: tuple[Path, ...] = (path,)
        self._file = Llama2cFile(path)
        self.hparams: LlamaParams = self._file.params

    @property
    def base_name(self) -> str:
        return self.path.stem

    def metadata(self) -> Metadata:
        return {"general.architecture": text("llama")} | hparams_metadata(self.hparams)

    def tensors(self) -> list[PlannedTensor]:
        planned = []
        for name in in_converter_order(self.hparams):
            stored = self._file.tensors[name.meta]
            shape, rows = stored.shape[::-1], stored.rows
            planned.append(
                PlannedTensor(name.name, shape, stored.dtype, rows, name.meta, pieces=(stored,))
            )
        return planned

    def close(self) -> None:
        self._file.close()
