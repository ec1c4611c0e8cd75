"""A model as Meta publishes it: params.json, and consolidated.*.pth, one for each processor.

Every file holds a piece of every matrix: some of the rows where the outputs of a layer were divided
among processors, some of the columns where its inputs were. Rows already lie as llama.cpp wants
them. The model is written as the converter would write the same weights in a Hugging Face folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from llamachat.build.hparams import LlamaParams
from llamachat.build.metadata import Description, model_metadata
from llamachat.build.row_order import side_by_side, stacked
from llamachat.build.source import PlannedTensor, ReadRows
from llamachat.build.sources.meta_checklist import CHECKLIST
from llamachat.build.sources.meta_params import read_params
from llamachat.build.sources.tensor_names import TensorName, in_converter_order, tensor_names
from llamachat.build.tensor_file import StoredTensor, find_tensor
from llamachat.build.tokenizers.choose import sentencepiece_tokenizer
from llamachat.build.torch_file import TorchFile
from llamachat.errors import ModelError
from llamachat.gguf.metadata import Metadata

MAX_SHARDS = 64
TOKENIZER = "tokenizer.model"
_BY_COLUMNS = ("token_embd", "attn_output", "ffn_down")
_COMPUTED = ("rope.freqs",)
"""endings of what the files hold besides weights"""
_BESIDE = (CHECKLIST, "params.json")


class MetaSource:
    """An opened folder of Meta's; its checklist has been verified by whoever wants that."""

    kind = "Meta"

    def __init__(self, path: Path) -> None:
        self.path = path
        shards = shard_paths(path)
        self._shards: list[TorchFile] = []
        self._tensors: list[PlannedTensor] = []
        try:
            for shard in shards:
                self._shards.append(TorchFile(shard))
            self.hparams: LlamaParams = read_params(path / "params.json", self._count_tokens())
            self._tensors = self._plan()
        except BaseException:
            self.close()
            raise
        self._tokenizer = _find_tokenizer(path)
        beside = [*(path / name for name in _BESIDE), self._tokenizer]
        self.files: tuple[Path, ...] = (*(file for file in beside if file.is_file()), *shards)

    @property
    def base_name(self) -> str:
        return self.path.resolve().name

    def metadata(self) -> Metadata:
        tokenizer = sentencepiece_tokenizer(self._tokenizer, self.hparams.n_vocab)
        about = Description(self.base_name, sum(tensor.n_weights for tensor in self._tensors))
        return model_metadata(self.hparams, about, tokenizer)

    def tensors(self) -> list[PlannedTensor]:
        return list(self._tensors)

    def close(self) -> None:
        self._tensors = []
        for shard in self._shards:
            shard.close()

    def _pieces(self, name: str) -> list[StoredTensor]:
        pieces = [find_tensor(shard, name) for shard in self._shards]
        if len({piece.dtype for piece in pieces}) > 1:
            raise ModelError(f"The pieces of {name} in {self.path} are of different types.")
        return pieces

    def _count_tokens(self) -> int:
        return sum(piece.n_rows for piece in self._pieces("output.weight"))

    def _plan(self) -> list[PlannedTensor]:
        known = {name.meta for name in tensor_names(self.hparams) if not name.is_optional}
        for shard in self._shards:
            for name in (*shard.tensors, *shard.others):
                if name not in known and not name.endswith(_COMPUTED):
                    raise ModelError(
                        f"{shard.path} holds the tensor {name[:80]!a}, which no Llama of "
                        f"{self.hparams.n_layer} layers has.",
                        "Give the Hugging Face folder of this model instead.",
                    )
        return [self._planned(name) for name in in_converter_order(self.hparams)]

    def _planned(self, name: TensorName) -> PlannedTensor:
        pieces = self._pieces(name.meta)
        rows, shape = _joined(name, pieces)
        if shape != name.shape:
            raise ModelError(
                f"{name.meta} in {self.path} has the shape {shape}; by its params.json it should "
                f"be {name.shape}.",
                "The weights and params.json are not of the same model, or a part is missing.",
            )
        return PlannedTensor(
            name.name, shape[::-1], pieces[0].dtype, rows, name.meta, pieces=tuple(pieces)
        )


def _find_tokenizer(folder: Path) -> Path:
    """Meta puts one beside the folders of all sizes."""
    inside, above = folder / TOKENIZER, folder.resolve().parent / TOKENIZER
    return above if above.is_file() and not inside.is_file() else inside


def shard_paths(folder: Path) -> list[Path]:
    """consolidated.00.pth and those after it, without a gap.

    Raises:
        ModelError: there is none, or one is missing among them.
    """
    found = sorted(path.name for path in folder.glob("consolidated.*.pth"))
    expected = [f"consolidated.{number:02d}.pth" for number in range(len(found))]
    if not found or len(found) > MAX_SHARDS:
        raise ModelError(f"{folder} has no consolidated.00.pth.", "Get all files of the model.")
    for name, due in zip(found, expected, strict=True):
        if name != due:
            raise ModelError(f"{folder} lacks {due}.", "Get all files of the model.")
    return [folder / name for name in found]


def _joined(name: TensorName, pieces: Sequence[StoredTensor]) -> tuple[ReadRows, tuple[int, ...]]:
    """How to read the whole tensor, and its shape."""
    first = pieces[0]
    if len(pieces) == 1 or len(name.shape) == 1:  # every processor has all norms
        return first.rows, first.shape
    if any(len(piece.shape) != 2 for piece in pieces):
        raise ModelError(f"The pieces of {name.meta} are no matrices.")
    n_rows, n_columns = ([piece.shape[side] for piece in pieces] for side in (0, 1))
    if name.role in _BY_COLUMNS and len(set(n_rows)) == 1:
        return side_by_side(pieces), (n_rows[0], sum(n_columns))
    if name.role not in _BY_COLUMNS and len(set(n_columns)) == 1:
        return stacked(pieces), (sum(n_rows), n_columns[0])
    raise ModelError(
        f"The pieces of {name.meta} do not fit together.", "Get all files of the model again."
    )
