"""Llama models with random weights: any shape, any type, the same bytes for the same seed.

They load and run in llama.cpp as real ones do, so they stand in for weights nobody has: probes of
what a processor can run, tests, speed and memory figures. What they say is babble. Weights have
the standard deviation 1/sqrt(row), so that activations neither vanish nor explode over any number
of layers; control and byte tokens are quiet, so that text is printable and does not end by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from struct import pack

from llamachat.errors import UsageError
from llamachat.gguf.blocks import GENERATED, Pool, make_pool
from llamachat.gguf.metadata import Metadata, f32, text, u32
from llamachat.gguf.mixture import Place, mixed_type
from llamachat.gguf.types import TENSOR_TYPE, FileType, TensorType, file_type
from llamachat.gguf.vocabulary import FIRST_PIECE, tokenizer_metadata
from llamachat.gguf.writer import TensorSource, write_gguf

OUTPUT_GAIN = 4.0
"""standard deviation of the logits: wide enough that the two best rarely lie close together"""
QUIET = 1 / 16
"""of the other rows: control and byte tokens"""


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The dimensions of a Llama."""

    n_layer: int
    n_embd: int
    n_head: int
    n_head_kv: int
    n_ff: int
    n_vocab: int
    n_ctx: int
    tied: bool = False
    """token_embd.weight serves as output.weight too"""

    @property
    def n_embd_kv(self) -> int:
        return self.n_embd // self.n_head * self.n_head_kv


TINY = LlamaShape(2, 256, 4, 2, 512, 512, 2048)
LLAMA_7B = LlamaShape(32, 4096, 32, 32, 11008, 32000, 4096)
LLAMA_13B = LlamaShape(40, 5120, 40, 40, 13824, 32000, 4096)
SHAPES: dict[str, LlamaShape] = {"tiny": TINY, "7b": LLAMA_7B, "13b": LLAMA_13B}


def write_generated_llama(
    path: Path,
    shape: LlamaShape = TINY,
    ftype: str = "q4_0",
    seed: int = 0,
    *,
    pure: bool = False,
    chat_template: str = "",
    metadata: Metadata | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write a random Llama to `path`; returns its size in bytes.

    Args:
        ftype: as llama-quantize names it; tensors get the types that llama-quantize gives them.
        pure: all weight matrices in the one type instead; then a tensor type's name will do too.
        metadata: added to, or in place of, what is written anyway.
        progress: called with the bytes written so far.

    Raises:
        UsageError: no such type, or none that can be generated.
        LlamaChatError: the disk is full or refuses.
    """
    kind = file_type(ftype)
    rng = Random(seed)
    entries = _model_metadata(shape, kind) | tokenizer_metadata(shape.n_vocab, rng)
    if chat_template:
        entries["tokenizer.chat_template"] = text(chat_template)
    tensors = _tensors(shape, kind, pure, rng)
    return write_gguf(path, entries | (metadata or {}), tensors, progress=progress)


def generated_size(shape: LlamaShape, ftype: str, *, pure: bool = False) -> int:
    """Bytes of the tensors of such a file; its metadata adds less than 2 MB."""
    return sum(t.n_bytes for t in _tensors(shape, file_type(ftype), pure, Random(0)))


def _model_metadata(shape: LlamaShape, ftype: FileType) -> Metadata:
    return {
        "general.architecture": text("llama"),
        "general.name": text(f"generated llama, random weights, {ftype.quantize_name}"),
        "general.file_type": u32(ftype.id),
        "general.quantization_version": u32(2),
        "llama.vocab_size": u32(shape.n_vocab),
        "llama.context_length": u32(shape.n_ctx),
        "llama.embedding_length": u32(shape.n_embd),
        "llama.block_count": u32(shape.n_layer),
        "llama.feed_forward_length": u32(shape.n_ff),
        "llama.attention.head_count": u32(shape.n_head),
        "llama.attention.head_count_kv": u32(shape.n_head_kv),
        "llama.attention.layer_norm_rms_epsilon": f32(1e-5),
        "llama.rope.dimension_count": u32(shape.n_embd // shape.n_head),
        "llama.rope.freq_base": f32(10000.0),
    }


def _matrices(shape: LlamaShape) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Name, layer and dimensions of every tensor, in the order of the file; norms have one."""
    yield "token_embd.weight", 0, (shape.n_embd, shape.n_vocab)
    for layer in range(shape.n_layer):
        for part, dims in (
            ("attn_norm", (shape.n_embd,)),
            ("attn_q", (shape.n_embd, shape.n_embd)),
            ("attn_k", (shape.n_embd, shape.n_embd_kv)),
            ("attn_v", (shape.n_embd, shape.n_embd_kv)),
            ("attn_output", (shape.n_embd, shape.n_embd)),
            ("ffn_norm", (shape.n_embd,)),
            ("ffn_gate", (shape.n_embd, shape.n_ff)),
            ("ffn_up", (shape.n_embd, shape.n_ff)),
            ("ffn_down", (shape.n_ff, shape.n_embd)),
        ):
            yield f"blk.{layer}.{part}.weight", layer, dims
    yield "output_norm.weight", 0, (shape.n_embd,)
    if not shape.tied:
        yield "output.weight", 0, (shape.n_embd, shape.n_vocab)


def _tensors(shape: LlamaShape, ftype: FileType, pure: bool, rng: Random) -> list[TensorSource]:
    plan = [
        (name, dims, _matrix_type(name, layer, dims, shape, ftype, pure))
        for name, layer, dims in _matrices(shape)
    ]
    weights = _Weights(rng, {})
    speaking = "token_embd.weight" if shape.tied else "output.weight"
    sources = []
    for name, dims, kind in plan:
        source: Callable[[], Iterator[bytes | memoryview]]
        if len(dims) == 1:
            source = partial(iter, [pack("<f", 1.0) * dims[0]])
        else:
            quiet_rows = FIRST_PIECE if name == speaking else 0
            source = partial(weights.rows, kind, dims, quiet_rows)
        sources.append(TensorSource(name, dims, kind, source))
    return sources


def _matrix_type(
    name: str,
    layer: int,
    dims: tuple[int, ...],
    shape: LlamaShape,
    ftype: FileType,
    pure: bool,
) -> TensorType:
    if len(dims) == 1:
        return TENSOR_TYPE["f32"]
    if pure:
        kind = TENSOR_TYPE[ftype.tensor_type]
    else:
        gqa = shape.n_head // shape.n_head_kv
        role = name.split(".")[-2]
        kind = mixed_type(ftype, Place(role, dims[0], layer, shape.n_layer, gqa, shape.tied))
    if kind.name not in GENERATED:
        raise UsageError(
            f"Random weights of type {kind.name} can not be generated.",
            f"Possible: {', '.join(GENERATED)}.",
        )
    return kind


@dataclass(slots=True)
class _Weights:
    """Random matrices, cut from pools that are made when they are first needed."""

    rng: Random
    pools: dict[tuple[TensorType, int, float], Pool]

    def rows(
        self, kind: TensorType, dims: tuple[int, ...], quiet_rows: int
    ) -> Iterator[memoryview]:
        """All rows of one matrix; the first `quiet_rows` are QUIET, the others loud."""
        row, n_rows = dims
        row_bytes = kind.row_bytes(row)
        gain = OUTPUT_GAIN if quiet_rows else 1.0
        yield from self._stream(kind, row, quiet_rows * row_bytes, gain * QUIET)
        yield from self._stream(kind, row, (n_rows - quiet_rows) * row_bytes, gain)

    def _stream(
        self, kind: TensorType, row: int, n_bytes: int, gain: float
    ) -> Iterator[memoryview]:
        if not n_bytes:
            return
        key = (kind, row, gain)
        if key not in self.pools:
            self.pools[key] = make_pool(self.rng, kind, row, n_bytes, gain / row**0.5)
        yield from self.pools[key].stream(self.rng, n_bytes)
