"""A checkpoint of llama2.c: the weights of a small Llama in one file, in Meta's layout.

It is written as llama.cpp's converter would write the same weights in a Hugging Face folder. Its
tokenizer is a file beside it. Knows nothing of the file's format.
"""

from __future__ import annotations

from pathlib import Path

from llamachat.build.hparams import LlamaParams
from llamachat.build.llama2c_file import Llama2cFile
from llamachat.build.metadata import Description, model_metadata
from llamachat.build.source import PlannedTensor
from llamachat.build.sources.tensor_names import in_converter_order
from llamachat.build.tokenizers.choose import sentencepiece_tokenizer
from llamachat.gguf.metadata import Metadata


class Llama2cSource:
    """An opened checkpoint of llama2.c."""

    kind = "llama2.c"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = Llama2cFile(path)
        self.hparams: LlamaParams = self._file.params
        self._tokenizer = _find_tokenizer(path, self.hparams.n_vocab)
        found = (self._tokenizer,) if self._tokenizer.is_file() else ()
        self.files: tuple[Path, ...] = (path, *found)

    @property
    def base_name(self) -> str:
        return self.path.stem

    def metadata(self) -> Metadata:
        tokenizer = sentencepiece_tokenizer(self._tokenizer, self.hparams.n_vocab)
        about = Description(self.base_name, sum(tensor.n_weights for tensor in self.tensors()))
        return model_metadata(self.hparams, about, tokenizer)

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


def _find_tokenizer(path: Path, n_vocab: int) -> Path:
    """llama2.c names a tokenizer of its own by its size, and takes Llama 2's otherwise."""
    own = path.with_name(f"tok{n_vocab}.model")
    return own if own.is_file() else path.with_name("tokenizer.model")
