"""A PEFT adapter as a GGUF that llama.cpp applies when a model is loaded (`--lora`).

Tensors, their order and their types are those of convert_lora_to_gguf.py. It writes one alpha for
all and llama.cpp divides it by each tensor's rank; a scale that differs from that, by rank-
stabilized LoRA or by an alpha of its own, goes into B. Reads nothing of the base model's weights.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import quote

import numpy as np

from llamachat.build.hparams import QUANTIZATION_VERSION
from llamachat.build.lora import Floats, LoraAdapter, LoraPair, floats
from llamachat.build.lora_merge import check_base_name, check_fit, row_order, without_tied_output
from llamachat.build.mapped_file import shown
from llamachat.build.output_file import OutputFile, make_room, verify_all
from llamachat.build.plan import Output
from llamachat.build.progress import BuildCancelled, Progress
from llamachat.build.source import PlannedTensor, Source
from llamachat.build.sources.tensor_names import TensorName, tensor_names
from llamachat.build.tensor_file import StoredTensor
from llamachat.errors import ModelError, UsageError
from llamachat.gguf.header import TensorInfo
from llamachat.gguf.metadata import Metadata, f32, text, u32
from llamachat.gguf.types import TENSOR_TYPE, file_type
from llamachat.gguf.writer import DEFAULT_ALIGNMENT, TensorSource, header_bytes, padding

TYPES = ("f32", "f16")
_NOT_REORDERED = ("model.embed_tokens.weight", "lm_head.weight")
_STEP = 1024
"""rows compared at a time: 16 MB of a 7B"""


@dataclass(frozen=True, slots=True)
class AdapterPlan:
    """A file that is ready to be written."""

    output: Output
    tensors: tuple[TensorSource, ...]


def plan_adapter(
    path: Path, adapter: LoraAdapter, base: Source, *, type: str = "f32", any_base: bool = False
) -> AdapterPlan:
    """Lay out the file of an adapter.

    Args:
        base: the model it will be used with; only its dimensions are asked for.
        type: f32 or f16.
        any_base: although the adapter names another base model.

    Raises:
        UsageError: the adapter names another base model, or the type is another.
        ModelError: it does not fit the model, or holds what a GGUF adapter cannot.
    """
    if type not in TYPES:
        raise UsageError(f"An adapter cannot be of type {type!r}.", "Choose f32 or f16.")
    if not any_base:
        check_base_name(base, adapter)
    _refuse_whole(adapter, base)
    check_fit(base.hparams, adapter, [tensor.name for tensor in base.tensors()])
    names = {name.hugging_face: name for name in tensor_names(base.hparams)}
    heads = {"attn_q": base.hparams.n_head, "attn_k": base.hparams.n_head_kv}
    tensors: list[TensorSource] = []
    for target, pair in adapter.pairs.items():
        name = names[target]
        tensors += _halves(name, pair, heads.get(name.role, 0), adapter.config.alpha, type)
    return AdapterPlan(_laid_out(path, adapter_metadata(adapter), tensors, type), tuple(tensors))


def _laid_out(path: Path, metadata: Metadata, tensors: Sequence[TensorSource], type: str) -> Output:
    """The tensors one after the other, as they are written."""
    infos, offset = [], 0
    for tensor in tensors:
        infos.append(TensorInfo(tensor.name, tensor.shape, tensor.type, offset))
        offset += tensor.n_bytes + padding(tensor.n_bytes, DEFAULT_ALIGNMENT)
    head = header_bytes(metadata, infos)
    return Output(path, file_type(type), metadata, tuple(infos), head, len(head) + offset)


def write_planned(
    plan: AdapterPlan,
    *,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: threading.Event | None = None,
    before_naming: Callable[[], object] | None = None,
) -> tuple[str, ...]:
    """Write the file, or none; returns its SHA-256.

    Raises:
        BuildCancelled: `cancel` was set.
        ModelError: weights that no file can hold.
        LlamaChatError: the disk is full or refuses.
    """
    output, cancel = plan.output, cancel or threading.Event()
    make_room([output])
    file = OutputFile(output)
    try:
        for tensor, info in zip(plan.tensors, output.tensors, strict=True):
            if cancel.is_set():
                raise BuildCancelled
            file.write(b"".join(tensor.blocks()), len(output.head) + info.offset)
        hashes = verify_all([file], on_progress, cancel)
        if before_naming is not None:
            before_naming()
        file.publish()
    finally:
        file.discard()
    return hashes


def adapter_metadata(adapter: LoraAdapter) -> Metadata:
    """What llama.cpp asks of an adapter, and what it is called."""
    return {
        "general.architecture": text("llama"),
        "general.type": text("adapter"),
        "adapter.type": text("lora"),
        "general.name": text(adapter.name),
        "adapter.lora.alpha": f32(adapter.config.alpha),
        "general.quantization_version": u32(QUANTIZATION_VERSION),
    }


def _refuse_whole(adapter: LoraAdapter, base: Source) -> None:
    """PEFT saves embeddings beside their LoRA even where they are those of the model."""
    tensors = {tensor.name: tensor for tensor in base.tensors()}
    names = {name.hugging_face: name.name for name in tensor_names(base.hparams)}
    for name, stored in without_tied_output(adapter, base.hparams).items():
        same = tensors.get(names.get(name, "")) if name in _NOT_REORDERED else None
        if same is None or not _alike(same, stored):
            raise ModelError(
                f"{adapter.path} holds all of {shown(name)}, which a GGUF adapter cannot hold.",
                f"Merge it: llamachat build MODEL --type q4_0 --adapter {quote(str(adapter.path))}",
            )


def _alike(tensor: PlannedTensor, stored: StoredTensor) -> bool:
    if tensor.shape != stored.shape[::-1]:
        return False
    return all(
        np.array_equal(
            floats(tensor.read(start, min(start + _STEP, tensor.n_rows))),
            floats(stored.weights[start : start + _STEP]),
        )
        for start in range(0, tensor.n_rows, _STEP)
    )


def _halves(
    name: TensorName, pair: LoraPair, n_head: int, alpha: float, type: str
) -> Iterator[TensorSource]:
    """lora_a and lora_b of one matrix; of the embeddings a is what tokens look up."""
    factor = pair.scale * pair.rank / alpha
    factor = 1.0 if abs(factor - 1) < 1e-12 else factor
    n_rows, n_columns = pair.shape
    first, second = (pair.right, (n_columns, pair.rank)), (pair.left, (pair.rank, n_rows))
    if name.role == "token_embd":
        first, second = (pair.left, (pair.rank, n_rows)), (pair.right, (pair.rank, n_columns))

    def a() -> list[bytes]:
        return [_packed(floats(first[0].weights), type, first[0].name)]

    def b() -> list[bytes]:
        weights = floats(second[0].weights)
        if name.role == "token_embd":
            weights = np.ascontiguousarray(weights.T)
        elif n_head:
            weights = weights[row_order(n_rows, n_head)]
        if factor != 1:
            weights = weights * np.float32(factor)
        return [_packed(weights, type, second[0].name)]

    for suffix, shape, blocks in (("lora_a", first[1], a), ("lora_b", second[1], b)):
        yield TensorSource(f"{name.name}.{suffix}", shape, TENSOR_TYPE[type], partial(blocks))


def _packed(weights: Floats, type: str, name: str) -> bytes:
    with np.errstate(over="ignore"):
        stored = weights.astype(np.float16 if type == "f16" else np.float32)
    if not np.isfinite(stored).all():
        fault = "infinite or no numbers"
        if np.isfinite(weights).all():
            fault = f"too large for {type}"
        raise ModelError(
            f"{shown(name)} of the adapter has weights that are {fault}.",
            "Build it with --type f32, or get another copy of the adapter.",
        )
    return stored.tobytes()
