"""A model as Hugging Face's transformers saves it, a checkpoint of its Trainer included.

Names are translated, the rows of queries and keys put into llama.cpp's order, and everything that
is missing, superfluous or of the wrong shape is refused by name. Knows nothing of file formats.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from llamachat.build.hparams import LlamaParams
from llamachat.build.mapped_file import shown
from llamachat.build.metadata import Description, model_metadata
from llamachat.build.model_card import read_card
from llamachat.build.rope_freqs import NAME, rope_factors
from llamachat.build.row_order import paired
from llamachat.build.source import PlannedTensor, ReadRows
from llamachat.build.sources.hf_config import read_config
from llamachat.build.sources.hf_weights import HfWeights, open_weights
from llamachat.build.sources.tensor_names import TensorName, tensor_names
from llamachat.build.tensor_file import Rows, StoredTensor
from llamachat.build.tokenizers.choose import hugging_face_tokenizer
from llamachat.build.tokenizers.folder import FILES, maybe_json
from llamachat.errors import ModelError
from llamachat.gguf.metadata import Metadata

_BESIDE = ("config.json", "generation_config.json", "README.md", *FILES)
_NO_WEIGHTS = (".attention.masked_bias", ".attention.bias", ".rotary_emb.inv_freq")
"""endings of tensors that old versions saved and everybody computes"""


class HuggingFaceSource:
    """An opened folder with a config.json and weights."""

    kind = "Hugging Face"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hparams: LlamaParams = read_config(path / "config.json")
        self._weights: HfWeights = open_weights(path)
        try:
            self._tensors = _plan(path, self.hparams, self._weights)
        except ModelError:
            self._weights.close()
            raise
        beside = tuple(path / name for name in _BESIDE if (path / name).is_file())
        self.files: tuple[Path, ...] = (*beside, *self._weights.files)

    @property
    def base_name(self) -> str:
        return base_name(self.path)

    def metadata(self) -> Metadata:
        tokenizer = hugging_face_tokenizer(self.path, self.hparams.n_vocab)
        about = Description(
            self.base_name,
            sum(tensor.n_weights for tensor in self._tensors),
            card=read_card(self.path / "README.md"),
            config=maybe_json(self.path / "config.json"),
            generation=maybe_json(self.path / "generation_config.json"),
        )
        return model_metadata(self.hparams, about, tokenizer)

    def tensors(self) -> list[PlannedTensor]:
        return list(self._tensors)

    def close(self) -> None:
        self._tensors = []
        self._weights.close()


def base_name(folder: Path) -> str:
    """What a model is called by its folder: those of the hub's cache and of a Trainer say less."""
    folder = folder.resolve()
    if folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--"):
        return folder.parent.parent.name.split("--")[-1]
    if folder.name.startswith("checkpoint-"):
        return f"{folder.parent.name}-{folder.name}"
    return folder.name


def _plan(folder: Path, params: LlamaParams, weights: HfWeights) -> list[PlannedTensor]:
    names = {name.hugging_face: name for name in tensor_names(params)}
    planned = _rope_tensors(params)
    for name, tensor in weights.tensors.items():
        if name.endswith(_NO_WEIGHTS):
            continue
        if name not in names:
            raise ModelError(
                f"{folder} holds the tensor {shown(name)}, which no Llama of "
                f"{params.n_layer} layers has.",
                "llamachat builds plain Llama and Mistral models.",
            )
        planned.append(_planned(folder, params, names.pop(name), tensor))
    _refuse_missing(folder, params, weights, names)
    return planned


def _planned(
    folder: Path, params: LlamaParams, name: TensorName, tensor: StoredTensor
) -> PlannedTensor:
    if tensor.shape != name.shape:
        raise ModelError(
            f"{shown(tensor.name)} in {folder} has the shape {tensor.shape}; by its config.json it "
            f"should be {name.shape}.",
            "The weights and config.json are not of the same model: get both again.",
        )
    rows: ReadRows = tensor.rows
    if name.role in ("attn_q", "attn_k"):
        n_head = params.n_head if name.role == "attn_q" else params.n_head_kv
        rows = paired(tensor, n_head)
    return PlannedTensor(
        name.name, tensor.shape[::-1], tensor.dtype, rows, tensor.name, pieces=(tensor,)
    )


def _rope_tensors(params: LlamaParams) -> list[PlannedTensor]:
    scaling = params.rope_scaling
    if scaling is None or scaling.kind != "llama3":
        return []
    factors = rope_factors(params, scaling).reshape(1, -1)
    return [PlannedTensor(NAME, factors.shape[1:], "f32", partial(_slice, factors))]


def _slice(rows: Rows, start: int, stop: int) -> Rows:
    return np.asarray(rows[start:stop])


def _refuse_missing(
    folder: Path, params: LlamaParams, weights: HfWeights, names: dict[str, TensorName]
) -> None:
    """What is left of the names must be optional: biases, and the output of tied embeddings."""
    for name in names.values():
        if name.is_optional and name.hugging_face not in weights.others:
            continue
        if name.role == "output" and params.tied and name.hugging_face not in weights.others:
            continue
        if name.hugging_face in weights.others:
            path, kind = weights.others[name.hugging_face]
            raise ModelError(
                f"{path} stores {name.hugging_face} as {kind}; weights are float32, float16 or "
                "bfloat16.",
                "Save the model in one of these types.",
            )
        hint = "Get all files of the model again."
        if name.role == "output":
            hint = 'If its embeddings are tied, config.json must say "tie_word_embeddings": true.'
        raise ModelError(f"{folder} lacks the tensor {name.hugging_face}.", hint)
