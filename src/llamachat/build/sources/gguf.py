"""A GGUF of floats as a source: what llama-quantize takes, quantized here in the same way.

Its metadata and its tensors are taken as they are: it is the converted model, and nothing is
rounded, renamed or rearranged. Quantized models are refused, for the second rounding would add its
error to the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from llamachat.build.gguf_file import GGUFFile
from llamachat.build.hparams import LlamaParams, check
from llamachat.build.mapped_file import shown
from llamachat.build.source import PlannedTensor
from llamachat.errors import ModelError
from llamachat.gguf.header import GGUFHeader
from llamachat.gguf.metadata import Metadata, Value

_FLOAT_SUFFIX = re.compile(r"[-._](f32|fp32|f16|fp16|bf16)$", re.IGNORECASE)


class GGUFSource:
    """An opened f32, f16 or bf16 GGUF of a Llama."""

    kind = "GGUF"

    def __init__(self, path: Path) -> None:
        """Read its header and map its weights.

        Raises:
            ModelError: it is no GGUF of a Llama, or it is quantized.
        """
        self.path = path
        self.files = (path,)
        self._file = GGUFFile(path)
        header = self._file.header
        _require_llama(header)
        _require_floats(path, self._file.others)
        _require_matrices(header)
        self.hparams = _hparams(header, tied="output.weight" not in self._file.tensors)
        check(self.hparams, str(path))

    @property
    def base_name(self) -> str:
        return _FLOAT_SUFFIX.sub("", self.path.stem)

    def metadata(self) -> Metadata:
        return dict(self._file.header.metadata)

    def tensors(self) -> Sequence[PlannedTensor]:
        planned = []
        for info in self._file.header.tensors:
            stored, kind = self._file.tensors[info.name], info.type.name
            tensor = PlannedTensor(
                info.name, info.shape, kind, stored.rows, info.name, pieces=(stored,)
            )
            planned.append(tensor)
        return planned

    def close(self) -> None:
        self._file.close()


def _require_llama(header: GGUFHeader) -> None:
    if header.split is not None:
        raise ModelError(
            f"{header.path} is part {header.split.index + 1} of {header.split.count} of a model.",
            "Join the parts with llama.cpp's `llama-gguf-split --merge` first.",
        )
    if header.architecture != "llama":
        raise ModelError(
            f"{header.path} is a model of the architecture {header.architecture or 'none'!r}; "
            "only llama can be built.",
            "Use llama.cpp's llama-quantize for it.",
        )
    if header.hyperparameter("expert_count"):
        raise ModelError(
            f"{header.path} is a mixture of experts; only dense models can be built.",
            "Use llama.cpp's llama-quantize for it.",
        )


def _require_floats(path: Path, others: Mapping[str, str]) -> None:
    if others:
        kinds = ", ".join(sorted(set(others.values())))
        raise ModelError(
            f"{path} is quantized already (it has {kinds} tensors); quantizing it again would add "
            "a second error to the first.",
            "Build from the original weights, or from an f16, bf16 or f32 GGUF.",
        )


def _require_matrices(header: GGUFHeader) -> None:
    for tensor in header.tensors:
        if len(tensor.shape) > 2:
            raise ModelError(
                f"{header.path} has a tensor {shown(tensor.name)} of {len(tensor.shape)} "
                "dimensions; those of a Llama have one or two."
            )


def _hparams(header: GGUFHeader, *, tied: bool) -> LlamaParams:
    number = header.hyperparameter
    n_head = number("attention.head_count")
    head_dim = number("attention.key_length") or number("embedding_length") // max(n_head, 1)
    return LlamaParams(
        n_vocab=header.n_vocab or number("vocab_size"),
        n_ctx=number("context_length"),
        n_embd=number("embedding_length"),
        n_layer=number("block_count"),
        n_head=n_head,
        n_head_kv=number("attention.head_count_kv", n_head),
        n_ff=number("feed_forward_length"),
        head_dim=head_dim,
        norm_eps=_decimal(header, "attention.layer_norm_rms_epsilon", 1e-5),
        rope_theta=_decimal(header, "rope.freq_base", 10000.0),
        tied=tied,
    )


def _decimal(header: GGUFHeader, name: str, default: float) -> float:
    value = header.metadata.get(f"llama.{name}")
    if isinstance(value, Value) and isinstance(value.data, float):
        return value.data
    return default
