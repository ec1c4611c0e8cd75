"""Other vocabularies for generated models: one with chat markers, one of bytes and merges (BPE)."""

from random import Random

from llamachat.gguf.metadata import Metadata, ValueType, array, boolean, text, u32
from llamachat.gguf.vocabulary import tokenizer_metadata

MARKERS = ("<|im_start|>", "<|im_end|>")
_NORMAL, _CONTROL = 1, 3


def with_markers(n_vocab: int) -> Metadata:
    """The generated SentencePiece vocabulary; its last two tokens are chat markers."""
    entries = dict(tokenizer_metadata(n_vocab, Random(0)))
    tokens = [*entries["tokenizer.ggml.tokens"]]  # type: ignore[misc]
    kinds = [*entries["tokenizer.ggml.token_type"]]  # type: ignore[misc]
    tokens[-2:], kinds[-2:] = MARKERS, [_CONTROL, _CONTROL]
    entries["tokenizer.ggml.tokens"] = array(ValueType.STRING, tokens)
    entries["tokenizer.ggml.token_type"] = array(ValueType.INT32, kinds)
    return entries


def byte_pairs(n_vocab: int) -> Metadata:
    """Byte-level BPE as GPT-2's and Llama-3's: 256 bytes, merges of English pairs, the markers."""
    tokens, merges = [_letter(byte) for byte in range(256)], []
    rng = Random(1)
    frequent = ["Ġ", *"etaoinshrdlu"]
    while len(tokens) < n_vocab - len(MARKERS):
        left, right = rng.choice(frequent), rng.choice(frequent[1:])
        if len(left + right) < 7 and left + right not in tokens and "Ġ" not in right:
            merges.append(f"{left} {right}")
            frequent.append(left + right)
            tokens.append(left + right)
    kinds = [*[_NORMAL] * len(tokens), _CONTROL, _CONTROL]
    return {
        "tokenizer.ggml.model": text("gpt2"),
        "tokenizer.ggml.pre": text("llama-bpe"),
        "tokenizer.ggml.tokens": array(ValueType.STRING, [*tokens, *MARKERS]),
        "tokenizer.ggml.scores": array(ValueType.FLOAT32, [0.0] * n_vocab),
        "tokenizer.ggml.token_type": array(ValueType.INT32, kinds),
        "tokenizer.ggml.merges": array(ValueType.STRING, merges),
        "tokenizer.ggml.bos_token_id": u32(n_vocab - 2),
        "tokenizer.ggml.eos_token_id": u32(n_vocab - 1),
        "tokenizer.ggml.unknown_token_id": u32(0),
        "tokenizer.ggml.add_bos_token": boolean(False),
    }


def _letter(byte: int) -> str:
    """GPT-2's printable stand-in for a byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    if byte in printable:
        return chr(byte)
    return chr(256 + [b for b in range(256) if b not in printable].index(byte))
