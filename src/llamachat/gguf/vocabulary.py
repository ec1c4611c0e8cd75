"""A generated SentencePiece vocabulary for Llama: any text tokenizes, and comes back unchanged.

Laid out as Llama-2's: three control tokens, 256 byte tokens, then pieces by falling score. Every
piece joins two earlier ones, so the tokenizer can reach all of them by merging. Knows nothing of
weights, and nothing of what the words mean.
"""

from __future__ import annotations

from random import Random

from llamachat.gguf.metadata import Metadata, ValueType, array, boolean, text, u32

UNKNOWN, BOS, EOS = 0, 1, 2
FIRST_PIECE = 3 + 256
"""control and byte tokens come before it"""

_SPACE = "▁"
_LETTERS = "etaoinshrdlucmfywgpbvkxqjz"
_OTHERS = ".,'ETAOINSHRDLUCMFYWGPBVKXQJZ0123456789!?;:-\"()/&%$+=*_#@[]{}<>|~^`\\äöüßéèñç…—😀"
_VOWELS = frozenset("aeiouyäöüéè")
_LONGEST = 12

_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
"""`enum llama_token_type` (llama.h)"""


def make_pieces(n_pieces: int, rng: Random) -> list[str]:
    """`n_pieces` different pieces: single characters first, then words of growing length."""
    pieces = [_SPACE, *_LETTERS, *_OTHERS][:n_pieces]
    stems, endings = ([_SPACE], list(_LETTERS)), list(_LETTERS)
    known = set(pieces)
    while len(pieces) < n_pieces:
        same_stems = rng.choice(stems)  # half of the pieces begin a word
        left, right = rng.choice(same_stems), rng.choice(endings)
        joined = left + right
        if joined in known or not _speakable(left, right):
            continue
        known.add(joined)
        pieces.append(joined)
        if len(joined) < _LONGEST - 2:
            same_stems.append(joined)
        if len(joined) < 4 and joined[0] != _SPACE:
            endings.append(joined)
    return pieces


def _speakable(left: str, right: str) -> bool:
    """Vowels and consonants take turns."""
    return left[-1] == _SPACE or (left[-1] in _VOWELS) != (right[0] in _VOWELS)


def tokenizer_metadata(n_vocab: int, rng: Random) -> Metadata:
    """The `tokenizer.ggml.*` entries of a vocabulary of `n_vocab` tokens (at least 259)."""
    n_pieces = n_vocab - FIRST_PIECE
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    tokens = ["<unk>", "<s>", "</s>", *bytes_, *make_pieces(n_pieces, rng)]
    scores = [0.0] * FIRST_PIECE + [-float(rank) for rank in range(n_pieces)]
    kinds = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256, *[_NORMAL] * n_pieces]
    return {
        "tokenizer.ggml.model": text("llama"),
        "tokenizer.ggml.tokens": array(ValueType.STRING, tokens),
        "tokenizer.ggml.scores": array(ValueType.FLOAT32, scores),
        "tokenizer.ggml.token_type": array(ValueType.INT32, kinds),
        "tokenizer.ggml.bos_token_id": u32(BOS),
        "tokenizer.ggml.eos_token_id": u32(EOS),
        "tokenizer.ggml.unknown_token_id": u32(UNKNOWN),
        "tokenizer.ggml.add_bos_token": boolean(True),
        "tokenizer.ggml.add_eos_token": boolean(False),
    }
