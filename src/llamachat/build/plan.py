"""What a build will write: each output's tensors with type, size and place, before a byte is read.

Applies a recipe to a source. An f16, bf16 or f32 file is laid out as convert_hf_to_gguf.py does it,
a quantized one as llama-quantize does it from such a file: it sorts tensors by layer and name, and
moves what it says of the quantization to the end of the metadata. A GGUF is what llama-quantize
takes, so from there every output is laid out its way. Knows names and shapes, reads no weights.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llamachat.build.recipe import Recipe, is_quantized_type
from llamachat.build.source import PlannedTensor, Source
from llamachat.errors import UsageError
from llamachat.gguf.header import TensorInfo
from llamachat.gguf.metadata import Metadata, Value, u32
from llamachat.gguf.mixture import Place, chosen_type, is_quantized
from llamachat.gguf.types import TENSOR_TYPE, FileType, TensorType
from llamachat.gguf.writer import DEFAULT_ALIGNMENT, header_bytes, padding

_FILE_TYPE = "general.file_type"
_QUANTIZATION = "general.quantization_version"
_QUANTIZATION_VERSION = 2
"""GGML_QNT_VERSION"""
_SPLIT = ("split.no", "split.count", "split.tensors.count")
_F32 = TENSOR_TYPE["f32"]
_LAYER = re.compile(r"blk\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Share:
    """What one output takes of a tensor."""

    output: int
    type: TensorType
    through: TensorType
    """the float type that weights are rounded to first"""
    offset: int
    """of the tensor in the file"""


@dataclass(frozen=True, slots=True)
class Output:
    """One file: its header, ready to be written, and what follows it."""

    path: Path
    ftype: FileType
    metadata: Metadata
    tensors: tuple[TensorInfo, ...]
    head: bytes
    size: int
    """bytes of the whole file"""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a pass over the source needs to know."""

    recipe: Recipe
    outputs: tuple[Output, ...]
    work: tuple[tuple[PlannedTensor, tuple[Share, ...]], ...]
    """each tensor of the source, in its order, and who takes it"""

    @property
    def size(self) -> int:
        """Bytes of all outputs."""
        return sum(output.size for output in self.outputs)


def make_plan(source: Source, recipe: Recipe, paths: Sequence[Path]) -> Plan:
    """Lay out every output of the recipe.

    Args:
        paths: one for each of `recipe.outputs`.

    Raises:
        UsageError: an override does not fit, or a path would replace the source.
    """
    _check_paths(source, paths)
    tensors, metadata = source.tensors(), dict(source.metadata())
    names = [tensor.name for tensor in tensors]
    shares: list[list[Share]] = [[] for _ in tensors]
    outputs = []
    for number, (ftype, path) in enumerate(zip(recipe.outputs, paths, strict=True)):
        layout = _Layout(source, recipe, ftype, metadata, tied="output.weight" not in names)
        output, found = layout.lay_out(path, tensors, number)
        outputs.append(output)
        for place, share in zip(shares, found, strict=True):
            place.append(share)
    work = tuple((tensor, tuple(taken)) for tensor, taken in zip(tensors, shares, strict=True))
    return Plan(recipe, tuple(outputs), work)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one output follows from the source."""

    source: Source
    recipe: Recipe
    ftype: FileType
    metadata: Metadata
    """of the source, which takes a while to make"""
    tied: bool

    @property
    def requantizes(self) -> bool:
        """As llama-quantize does; otherwise as the converter does."""
        return self.source.kind == "GGUF" or is_quantized_type(self.ftype)

    def lay_out(
        self, path: Path, tensors: Sequence[PlannedTensor], number: int
    ) -> tuple[Output, list[Share]]:
        """The file, and what it takes of each tensor in the order given."""
        types = {tensor.name: self._types(tensor) for tensor in tensors}
        ordered = sorted(tensors, key=_by_layer) if self.requantizes else tensors
        metadata = self._metadata()
        alignment = _alignment(metadata)
        infos, offset = [], 0
        for tensor in ordered:
            shape = _extents(tensor.shape) if self.requantizes else tensor.shape
            info = TensorInfo(tensor.name, shape, types[tensor.name][0], offset)
            infos.append(info)
            offset += info.n_bytes + padding(info.n_bytes, alignment)
        head = header_bytes(metadata, infos, alignment=alignment)
        output = Output(path, self.ftype, metadata, tuple(infos), head, len(head) + offset)
        offsets = {info.name: len(head) + info.offset for info in infos}
        shares = [Share(number, *types[tensor.name], offsets[tensor.name]) for tensor in tensors]
        return output, shares

    def _types(self, tensor: PlannedTensor) -> tuple[TensorType, TensorType]:
        """The tensor's type in the file, and the float type on its way there."""
        through = self._converted(tensor)
        if not self.requantizes or not is_quantized(tensor.name, len(_extents(tensor.shape))):
            return through, through
        return self._quantized(tensor), through

    def _converted(self, tensor: PlannedTensor) -> TensorType:
        """What the converter stores, or what the GGUF holds."""
        if self.source.kind == "GGUF":
            return TENSOR_TYPE[tensor.dtype]
        if len(tensor.shape) < 2 or tensor.name.endswith("_norm.weight"):
            return _F32
        if is_quantized_type(self.ftype):
            return self.recipe.intermediate
        return TENSOR_TYPE[self.ftype.tensor_type]

    def _quantized(self, tensor: PlannedTensor) -> TensorType:
        if not is_quantized_type(self.ftype):
            return TENSOR_TYPE[self.ftype.tensor_type]
        found = _LAYER.match(tensor.name)
        hparams = self.source.hparams
        place = Place(
            role=tensor.name.removesuffix(".weight").rpartition(".")[2],
            row=tensor.shape[0],
            layer=int(found[1]) if found else 0,
            n_layer=hparams.n_layer,
            gqa=hparams.n_head // hparams.n_head_kv,
            tied=self.tied,
        )
        recipe = self.recipe
        return chosen_type(
            self.ftype,
            place,
            pure=recipe.pure,
            output=recipe.output_type,
            embedding=recipe.embedding_type,
        )

    def _metadata(self) -> Metadata:
        entries = dict(self.metadata)
        if not self.requantizes:
            return entries | {_FILE_TYPE: u32(self.ftype.id)}
        for key in (_QUANTIZATION, _FILE_TYPE, *_SPLIT):
            entries.pop(key, None)
        return entries | {
            _QUANTIZATION: u32(_QUANTIZATION_VERSION),
            _FILE_TYPE: u32(self.ftype.id),
        }


def _by_layer(tensor: PlannedTensor) -> tuple[int, bytes]:
    """llama.cpp's own order: what belongs to no layer first, then layer by layer, by name."""
    found = _LAYER.match(tensor.name)
    return int(found[1]) if found else -1, tensor.name.encode()


def _extents(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without the ones at its end, which ggml does not count as dimensions."""
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _alignment(metadata: Metadata) -> int:
    value = metadata.get("general.alignment")
    return int(value.data) if isinstance(value, Value) else DEFAULT_ALIGNMENT


def _check_paths(source: Source, paths: Sequence[Path]) -> None:
    resolved = [path.resolve() for path in paths]
    if len(set(resolved)) < len(resolved):
        raise UsageError("Two outputs have the same name.", "Give each type a file of its own.")
    for file in source.files:
        if file.resolve() in resolved:
            raise UsageError(
                f"{file} is what the model is built from; it would be replaced.",
                "Choose another name with --name or --out.",
            )
