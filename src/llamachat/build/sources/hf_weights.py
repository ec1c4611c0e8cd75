"""The weights of a Hugging Face folder: one file or several, safetensors or PyTorch's.

Which files count is decided as llama.cpp's converter decides it, and their tensors come in its
order; of everything else in the folder (optimizer, training arguments, random states) nothing is
opened. Knows nothing of what the tensors mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from llamachat.build.json_object import read_json
from llamachat.build.mapped_file import damaged, shown
from llamachat.build.safetensors_file import SafetensorsFile
from llamachat.build.tensor_file import StoredTensor, TensorFile
from llamachat.build.torch_file import TorchFile
from llamachat.errors import ModelError

MAX_SHARDS = 4096
_KINDS = (
    ("model", ".safetensors", "model.safetensors"),
    ("pytorch_model", ".bin", "pytorch_model.bin"),
)


@dataclass(slots=True)
class HfWeights:
    """All weights of a folder, mapped; in the converter's order."""

    files: tuple[Path, ...]
    """what was read for them, the index included"""
    tensors: dict[str, StoredTensor] = field(default_factory=dict)
    others: dict[str, tuple[Path, str]] = field(default_factory=dict)
    """tensors of types that hold no weights: where, and the type"""
    _open: list[TensorFile] = field(default_factory=list)

    def close(self) -> None:
        self.tensors = {}
        for file in self._open:
            file.close()

    def add(self, file: TensorFile) -> None:
        """Take over the tensors of one file."""
        self._open.append(file)
        for name in (*file.tensors, *file.others):
            if name in self.tensors or name in self.others:
                raise ModelError(
                    f"{file.path} holds {shown(name)}, which another file beside it holds too.",
                    "Leave only the files of one model in the folder.",
                )
        self.tensors.update(file.tensors)
        self.others.update({name: (file.path, kind) for name, kind in file.others.items()})


def open_tensor_file(path: Path) -> TensorFile:
    """One file of weights, by its suffix."""
    return SafetensorsFile(path) if path.suffix == ".safetensors" else TorchFile(path)


def has_weights(folder: Path) -> bool:
    return any(_parts(folder, *kind[:2]) or _index(folder, kind[2]).is_file() for kind in _KINDS)


def open_weights(folder: Path) -> HfWeights:
    """Open every file of weights in a folder.

    Raises:
        ModelError: there is none, or one is missing, damaged or more than plain weights.
    """
    for start, suffix, whole in _KINDS:
        index = _index(folder, whole)
        parts = _parts(folder, start, suffix)
        if index.is_file():
            return _open_indexed(folder, index)
        if parts:
            return _open_parts(HfWeights(tuple(parts)), parts)
    raise ModelError(
        f"{folder} has no weights: no model.safetensors and no pytorch_model.bin, whole or in "
        "parts.",
        "Get all files of the model.",
    )


def _index(folder: Path, whole: str) -> Path:
    return folder / f"{whole}.index.json"


def _parts(folder: Path, start: str, suffix: str) -> list[Path]:
    names = (path.name for path in folder.iterdir())
    return [
        folder / name for name in sorted(names) if name.startswith(start) and name.endswith(suffix)
    ]


def _open_parts(weights: HfWeights, parts: list[Path]) -> HfWeights:
    try:
        for part in parts:
            weights.add(open_tensor_file(part))
    except BaseException:
        weights.close()
        raise
    return weights


def _open_indexed(folder: Path, index: Path) -> HfWeights:
    places = read_json(index).inner("weight_map").fields
    names = sorted({name for name in places.values() if isinstance(name, str)})
    if not names or not all(isinstance(name, str) for name in places.values()):
        raise damaged(index, "its weight_map does not say which tensor is in which file")
    if len(names) > MAX_SHARDS or any(
        "/" in name or "\\" in name or "\0" in name for name in names
    ):
        raise damaged(index, "it names files that cannot be parts of a model")
    parts = [folder / name for name in names]
    weights = _open_parts(HfWeights((index, *parts)), parts)
    found = weights.tensors.keys() | weights.others.keys()
    missing, extra = places.keys() - found, found - places.keys()
    if missing or extra:
        weights.close()
        fault = "is missing" if missing else "is not mentioned in it"
        first = min(missing or extra)
        raise ModelError(
            f"{index} does not fit its files: {shown(first)} {fault}.",
            "Get all files of the model again.",
        )
    return weights
