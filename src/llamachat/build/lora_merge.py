"""A source with an adapter merged into it: W + scale·B·A in f32, row by row while it is read.

Takes a model of any kind, for every tensor is found by its Hugging Face name; B's rows are put into
llama.cpp's order as those of W are. Everything is checked against the model before a row is read.
Knows nothing of what becomes of the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from llamachat.build.hparams import LlamaParams
from llamachat.build.lora import LoraAdapter, LoraPair, floats
from llamachat.build.mapped_file import shown
from llamachat.build.row_order import paired
from llamachat.build.source import PlannedTensor, Source
from llamachat.build.sources.tensor_names import TensorName, tensor_names
from llamachat.build.tensor_file import Rows, StoredTensor
from llamachat.errors import ModelError, UsageError
from llamachat.gguf.metadata import Metadata

_LAYER = re.compile(r"\.layers\.(\d+)\.")
_WRONG_MODEL = "Give the model that the adapter was trained on, or get the adapter again."
_EMBEDDING, _OUTPUT = "model.embed_tokens.weight", "lm_head.weight"


class Merged:
    """A source whose weights an adapter has changed."""

    def __init__(self, source: Source, adapter: LoraAdapter, *, any_base: bool = False) -> None:
        """Hold the adapter against the model; both are closed with this.

        Args:
            any_base: merge although the adapter names another base model.

        Raises:
            UsageError: the adapter names another base model.
            ModelError: it does not fit the model.
        """
        if not any_base:
            check_base_name(source, adapter)
        self.kind, self.path, self.hparams = source.kind, source.path, source.hparams
        self.files: tuple[Path, ...] = (*source.files, *adapter.files)
        self._source, self._adapter = source, adapter
        self._tensors = _merged(source, adapter)

    @property
    def base_name(self) -> str:
        return f"{self._source.base_name}-{self._adapter.name}"

    def metadata(self) -> Metadata:
        return self._source.metadata()

    def tensors(self) -> list[PlannedTensor]:
        return list(self._tensors)

    def close(self) -> None:
        self._tensors = []
        self._adapter.close()
        self._source.close()


def check_base_name(source: Source, adapter: LoraAdapter) -> None:
    """Refuse an adapter that says it belongs to a model of another name.

    Raises:
        UsageError: it does.
    """
    recorded = adapter.config.base
    if _plain(recorded) not in ("", _plain(source.base_name)):
        raise UsageError(
            f"The adapter {adapter.name} was trained on {shown(recorded)}; this model is "
            f"{shown(source.base_name)}.",
            "If they are the same model under two names, say so with --any-base.",
        )


def _plain(name: str) -> str:
    """Names that differ only in how they are written become equal."""
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1].lower()
    letters = re.sub(r"[^a-z0-9]", "", name)
    return letters.removeprefix("meta").removesuffix("hf")


def check_fit(params: LlamaParams, adapter: LoraAdapter, present: Sequence[str]) -> None:
    """Refuse an adapter of other shapes, and one that has too little or too much.

    Args:
        present: llama.cpp's names of the tensors that the model has.

    Raises:
        ModelError: with the first fault.
    """
    names = {name.hugging_face: name for name in tensor_names(params) if name.name in present}
    whole = ((name, tensor.shape) for name, tensor in adapter.whole.items())
    for wanted, shape in (*((name, pair.shape) for name, pair in adapter.pairs.items()), *whole):
        if wanted not in names:
            raise ModelError(
                f"{adapter.path} changes {shown(wanted)}, which the model does not have.",
                _WRONG_MODEL,
            )
        if shape != names[wanted].shape:
            raise ModelError(
                f"{adapter.path} changes {wanted} as one of the shape {shape}; that of the model "
                f"has {names[wanted].shape}.",
                _WRONG_MODEL,
            )
    _check_targets(adapter, names)


def _check_targets(adapter: LoraAdapter, names: dict[str, TensorName]) -> None:
    """The pairs must be those that the configuration lists, where it lists any."""
    config = adapter.config
    if not config.targets:
        return
    for name, known in names.items():
        module = name.removesuffix(".weight")
        listed = _is_one_of(module, config.targets)
        layer = _LAYER.search(name)
        due = listed and not (config.layers and (not layer or int(layer[1]) not in config.layers))
        due = due and not config.excluded and len(known.shape) == 2 and name.endswith(".weight")
        if (due and name not in adapter.pairs) or (name in adapter.pairs and not listed):
            fault = "is not in its weights" if due else "is in its weights all the same"
            lists = "lists" if due else "does not list"
            raise ModelError(
                f"{config.path} {lists} {module}, which {fault}.",
                "Get all files of the adapter again.",
            )


def _is_one_of(module: str, ends: Sequence[str]) -> bool:
    return any(module == end or module.endswith(f".{end}") for end in ends)


def _merged(source: Source, adapter: LoraAdapter) -> list[PlannedTensor]:
    tensors, params = source.tensors(), source.hparams
    whole = without_tied_output(adapter, params)
    check_fit(params, replace(adapter, whole=whole), [tensor.name for tensor in tensors])
    names = {name.name: name for name in tensor_names(params)}
    merged = []
    for tensor in tensors:
        name = names.get(tensor.name)
        if name is not None and name.hugging_face in whole:
            tensor = _replaced(tensor, name, whole[name.hugging_face], params)
        if name is not None and name.hugging_face in adapter.pairs:
            tensor = _changed(tensor, adapter.pairs[name.hugging_face], _n_head(name, params))
        merged.append(tensor)
    return merged


def without_tied_output(adapter: LoraAdapter, params: LlamaParams) -> dict[str, StoredTensor]:
    """Tied embeddings are one tensor: an adapter may change both uses alike, but not only one."""
    whole = dict(adapter.whole)
    if not params.tied:
        return whole
    embedding, output = whole.get(_EMBEDDING), whole.get(_OUTPUT)
    pairs = adapter.pairs.keys() & {_EMBEDDING, _OUTPUT}
    alike = embedding is output or (
        embedding is not None
        and output is not None
        and embedding.dtype == output.dtype
        and np.array_equal(embedding.weights, output.weights)
    )
    if pairs or not alike:
        raise ModelError(
            f"{adapter.path} changes the embeddings or the output of a model that ties the two "
            "into one tensor.",
            "Merge it with PEFT's merge_and_unload(), then build from what that saves.",
        )
    whole.pop(_OUTPUT, None)
    return whole


def _n_head(name: TensorName, params: LlamaParams) -> int:
    """Heads whose rows are stored in pairs; 0 where rows keep their order."""
    return {"attn_q": params.n_head, "attn_k": params.n_head_kv}.get(name.role, 0)


def _replaced(
    tensor: PlannedTensor, name: TensorName, stored: StoredTensor, params: LlamaParams
) -> PlannedTensor:
    n_head = _n_head(name, params)
    rows = paired(stored, n_head) if n_head else stored.rows
    return replace(tensor, dtype=stored.dtype, rows=rows, origin=stored.name, pieces=(stored,))


def _changed(tensor: PlannedTensor, pair: LoraPair, n_head: int) -> PlannedTensor:
    order = row_order(tensor.n_rows, n_head)

    def read(start: int, stop: int) -> Rows:
        rows = floats(tensor.read(start, stop))
        return np.asarray(rows + pair.change(order[start:stop]))

    return replace(tensor, dtype="f32", rows=read)


def row_order(n_rows: int, n_head: int) -> Rows:
    """Where each of llama.cpp's rows lies in Hugging Face's order."""
    numbers = np.arange(n_rows)
    if not n_head:
        return numbers
    return np.asarray(numbers.reshape(n_head, 2, -1).swapaxes(1, 2).reshape(-1))
