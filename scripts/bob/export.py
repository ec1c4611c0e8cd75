"""Writes a trained Bob as GGUF: weights in Q8_0, tokenizer and metadata in one file, and beside it
the checksum that `llamachat models verify bob` holds him against.

    python -m scripts.bob.export --data build/bob --out src/llamachat/weights/bob.gguf

Needs the `gguf` package. Knows nothing of training.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import gguf
import sentencepiece
import torch

from scripts.bob import checkpoint
from scripts.bob.model import Params, Shape
from scripts.bob.tokenizer import BEGIN, END, UNKNOWN

MAX_BYTES = 10_000_000
DESCRIPTION = (
    "A small demonstration model that comes with llamachat: help about the program, simple facts, "
    "spelling and small sums. Trained on text that the project wrote and generated itself."
)
TYPES = {"q8_0": "Q8_0", "f16": "F16", "f32": "F32"}


def export(runs: Sequence[Path], target: Path, ftype: str) -> None:
    """Writes `target` from the checkpoints in `runs`; a finished file replaces the old one."""
    params, shape = mean(runs)
    part = target.with_suffix(".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(part, "llama")
    _describe(writer, ftype)
    _dimensions(writer, shape)
    _vocabulary(writer, runs[0] / "bob.model")
    _weights(writer, params, getattr(gguf.GGMLQuantizationType, TYPES[ftype]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(target)
    write_sum(target)


def mean(runs: Sequence[Path]) -> tuple[Params, Shape]:
    """The weights of a run, or the mean of several that went on from each other."""
    loaded = [checkpoint.load(run) for run in runs]
    params, shape = loaded[0]
    every = {name: torch.stack([each[name] for each, _ in loaded]) for name in params}
    return {name: stacked.mean(0) for name, stacked in every.items()}, shape


def write_sum(target: Path) -> None:
    """Its checksum, where `llamachat models verify` looks for it."""
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    target.with_name("SHA256SUMS").write_text(f"{digest}  {target.name}\n", encoding="ascii")


def _describe(writer: gguf.GGUFWriter, ftype: str) -> None:
    writer.add_type("model")
    writer.add_name("Bob")
    writer.add_author("The llamachat authors")
    writer.add_organization("llamachat")
    writer.add_description(DESCRIPTION)
    writer.add_license("mit")
    writer.add_languages(["en"])
    writer.add_tags(["demonstration"])
    writer.add_string("llamachat.prompt_template", "bob")
    kinds = {"q8_0": "MOSTLY_Q8_0", "f16": "MOSTLY_F16", "f32": "ALL_F32"}
    writer.add_file_type(getattr(gguf.LlamaFileType, kinds[ftype]))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _dimensions(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_vocab_size(shape.n_vocab)
    writer.add_context_length(shape.n_ctx)
    writer.add_embedding_length(shape.n_embd)
    writer.add_block_count(shape.n_layer)
    writer.add_feed_forward_length(shape.n_ff)
    writer.add_head_count(shape.n_head)
    writer.add_head_count_kv(shape.n_head_kv)
    writer.add_layer_norm_rms_eps(shape.norm_eps)
    writer.add_rope_dimension_count(shape.n_rot)
    writer.add_rope_freq_base(shape.rope_base)


def _vocabulary(writer: gguf.GGUFWriter, model: Path) -> None:
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(model))
    ids = range(pieces.vocab_size())
    kinds = gguf.TokenType

    def kind(token: int) -> int:
        if pieces.is_byte(token):
            return int(kinds.BYTE)
        if pieces.is_control(token):
            return int(kinds.CONTROL)
        return int(kinds.UNKNOWN if pieces.is_unknown(token) else kinds.NORMAL)

    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([pieces.id_to_piece(token) for token in ids])
    writer.add_token_scores([pieces.get_score(token) for token in ids])
    writer.add_token_types([kind(token) for token in ids])
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def _weights(writer: gguf.GGUFWriter, params: Params, matrices: gguf.GGMLQuantizationType) -> None:
    """Matrices in the wanted type, the vectors of the norms in f32."""
    for name, tensor in params.items():
        wanted = matrices if tensor.ndim > 1 else gguf.GGMLQuantizationType.F32
        data = gguf.quants.quantize(tensor.numpy(), wanted)
        writer.add_tensor(name, data, raw_dtype=wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=[Path("build/bob")],
        help="what train.py wrote; of several folders the mean, one given twice counts twice",
    )
    parser.add_argument("--out", type=Path, default=Path("src/llamachat/weights/bob.gguf"))
    parser.add_argument("--type", choices=TYPES, default="q8_0")
    options = parser.parse_args()
    export(options.data, options.out, options.type)
    size = options.out.stat().st_size
    print(f"{options.out}: {size} bytes, {options.type}")
    return 1 if options.type == "q8_0" and size > MAX_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
