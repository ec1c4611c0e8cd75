"""Llama models with random weights: any shape, any type, the same bytes for the same seed.

They load and run in llama.cpp as real ones do, so they stand in for weights nobody has: probes of
what a processor can run, tests, speed and memory figures. What they say is babble. Weights have
the standard deviation 1/sqrt(row), so that activations neither vanish nor explode over any number
of layers; control and byte tokens are quiet, so that text is printable and does not end by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from random import Random

from llamachat.gguf.metadata import Metadata, f32, text, u32
from llamachat.gguf.mixture import Place, mixed_type, pure_type
from llamachat.gguf.types import TENSOR_TYPE, FileType, file_type
from llamachat.gguf.vocabulary import FIRST_PIECE, tokenizer_metadata
from llamachat.gguf.weights import Matrix, random_tensors
from llamachat.gguf.writer import write_gguf

SPREAD = 4.0
"""standard deviation of the logits: the two best rarely lie close together"""
FOCUS = 2.0
"""gain of queries and keys: at 1 the text of 8 in 24 tiny models ran into a loop, at 2 of none"""


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

    def __post_init__(self) -> None:
        if self.n_embd % self.n_head or self.n_head % self.n_head_kv:
            raise ValueError(f"heads do not divide evenly: {self}")
        if self.n_vocab <= FIRST_PIECE:
            raise ValueError(f"a vocabulary needs more than {FIRST_PIECE} tokens: {self}")

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
    matrices = plan_tensors(shape, ftype, pure=pure)
    rng = Random(seed)
    entries = _model_metadata(shape, file_type(ftype)) | tokenizer_metadata(shape.n_vocab, rng)
    if chat_template:
        entries["tokenizer.chat_template"] = text(chat_template)
    entries |= metadata or {}
    return write_gguf(path, entries, random_tensors(matrices, rng), progress=progress)


def generated_size(shape: LlamaShape, ftype: str, *, pure: bool = False) -> int:
    """Bytes of such a file but for its metadata, which is below 2 MB."""
    return sum(tensor.n_bytes for tensor in random_tensors(plan_tensors(shape, ftype, pure=pure)))


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


def plan_tensors(shape: LlamaShape, ftype: str, *, pure: bool = False) -> list[Matrix]:
    """Every weight matrix and norm with its type, in the order of the file."""
    speaking = "token_embd" if shape.tied else "output"
    gqa = shape.n_head // shape.n_head_kv
    matrices = []
    for name, layer, dims in _tensor_names(shape):
        role = name.split(".")[-2]
        place = Place(role, dims[0], layer, shape.n_layer, gqa, shape.tied)
        if len(dims) == 1:
            kind = TENSOR_TYPE["f32"]
        else:
            kind = pure_type(ftype, dims[0]) if pure else mixed_type(file_type(ftype), place)
        gain = SPREAD if role == speaking else FOCUS if role in ("attn_q", "attn_k") else 1.0
        quiet_rows = FIRST_PIECE if role == speaking else 0
        matrices.append(Matrix(name, dims, kind, gain / sqrt(dims[0]), quiet_rows))
    return matrices


def _tensor_names(shape: LlamaShape) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Name, layer and dimensions of every tensor; norms have one dimension."""
    n_embd, n_kv, n_ff = shape.n_embd, shape.n_embd_kv, shape.n_ff
    yield "token_embd.weight", 0, (n_embd, shape.n_vocab)
    for layer in range(shape.n_layer):
        for role, dims in (
            ("attn_norm", (n_embd,)),
            ("attn_q", (n_embd, n_embd)),
            ("attn_k", (n_embd, n_kv)),
            ("attn_v", (n_embd, n_kv)),
            ("attn_output", (n_embd, n_embd)),
            ("ffn_norm", (n_embd,)),
            ("ffn_gate", (n_embd, n_ff)),
            ("ffn_up", (n_embd, n_ff)),
            ("ffn_down", (n_ff, n_embd)),
        ):
            yield f"blk.{layer}.{role}.weight", layer, dims
    yield "output_norm.weight", 0, (n_embd,)
    if not shape.tied:
        yield "output.weight", 0, (n_embd, shape.n_vocab)
