"""What a model is built from, whatever it was published as: hyperparameters, metadata, tensors.

A source gives everything as llama.cpp's converter would write it, in its order, with its names and
with its rows rearranged as llama.cpp wants them; weights keep the type they are stored in. Which
kind of source a path is, `open_source` finds out. Knows nothing of quantization.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Protocol

import numpy as np

from llamachat.build.hparams import LlamaParams
from llamachat.build.tensor_file import Rows, StoredTensor
from llamachat.gguf.metadata import Metadata

ReadRows = Callable[[int, int], Rows]
OnFile = Callable[[Path, int, int], object]


@dataclass(frozen=True, slots=True)
class PlannedTensor:
    """One tensor of the model to be written."""

    name: str
    """llama.cpp's name: blk.0.attn_q.weight"""
    shape: tuple[int, ...]
    """ggml's order: the length of a row first"""
    dtype: str
    """how the source stores it: f32, f16 or bf16"""
    rows: ReadRows = field(repr=False, compare=False)
    origin: str = ""
    """its name in the source"""
    pieces: tuple[StoredTensor, ...] = field(default=(), repr=False, compare=False)
    """what its rows lie in, so that they can be read ahead"""

    @property
    def n_rows(self) -> int:
        return prod(self.shape[1:])

    @property
    def n_weights(self) -> int:
        return prod(self.shape)

    def read(self, start: int, stop: int) -> Rows:
        """Rows `start` to `stop` (exclusive) as stored: two dimensions, contiguous.

        bf16 comes as uint16. Safe to call from several threads at once.
        """
        if not 0 <= start <= stop <= self.n_rows:
            raise ValueError(f"{self.name} has {self.n_rows} rows, not {start} to {stop}")
        return np.require(self.rows(start, stop), requirements=["C", "A"])


class Source(Protocol):
    """An opened model of any kind; its files stay mapped until it is closed."""

    @property
    def kind(self) -> str:
        """In words: "Hugging Face", "Meta", "llama2.c", "GGUF"."""

    @property
    def path(self) -> Path:
        """What a person gave: a folder or a file."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that is read for the model, for its manifest."""

    @property
    def hparams(self) -> LlamaParams: ...

    @property
    def base_name(self) -> str:
        """What to call the result, without type and suffix."""

    def metadata(self) -> Metadata:
        """In the converter's order; `general.file_type` says F16 until the plan knows better."""

    def tensors(self) -> Sequence[PlannedTensor]:
        """In the converter's order."""

    def close(self) -> None: ...


def open_source(path: Path, *, verify: bool = True, on_file: OnFile | None = None) -> Source:
    """Find out what `path` is and open it.

    Args:
        verify: hold a Meta folder against its checklist first, which reads all of it.
        on_file: told of a file, the bytes of it that are verified, and all of them.

    Raises:
        ModelError: it is nothing that can be built from; the error says what it is instead.
        DownloadError: a file is not what the checklist says.
    """
    from llamachat.build.sources.recognise import Kind, recognise

    kind = recognise(path)
    if kind is Kind.HUGGING_FACE:
        from llamachat.build.sources.huggingface import HuggingFaceSource

        return HuggingFaceSource(path)
    if kind is Kind.META:
        from llamachat.build.sources.meta import MetaSource
        from llamachat.build.sources.meta_checklist import verify_checklist

        if verify:
            verify_checklist(path, on_file)
        return MetaSource(path)
    if kind is Kind.LLAMA2C:
        from llamachat.build.sources.llama2c import Llama2cSource

        return Llama2cSource(path)
    from llamachat.build.sources.gguf import GGUFSource

    return GGUFSource(path)
