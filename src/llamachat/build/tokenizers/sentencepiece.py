"""Reads a SentencePiece model (tokenizer.model): its pieces and the numbers of its special ones.

Only what a vocabulary needs is read; the file is checked as SentencePiece checks it. Does not know
what else lies beside the file, nor how GGUF names things.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from llamachat.build.hparams import MAX_VOCAB
from llamachat.build.mapped_file import map_file
from llamachat.build.tokenizers.protobuf import BYTES, FIXED32, VARINT, WireError, fields, signed
from llamachat.errors import ModelError

MAX_FILE = 64 << 20
"""bytes; that of Gemma, 262,144 pieces, has 4.7 MB"""
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
"""`Type` of sentencepiece_model.proto; llama.cpp's are the same"""

_PIECES, _TRAINER, _NORMALIZER = 1, 2, 3
_TEXT, _SCORE, _TYPE = 1, 2, 3
_SPECIAL = {40: "unk", 41: "bos", 42: "eos", 43: "pad"}
_DUMMY_PREFIX = 3
_AGAIN = "Get it again from where the model came from."


@dataclass(frozen=True, slots=True)
class Piece:
    """One token."""

    text: str
    score: float
    type: int


@dataclass(frozen=True, slots=True)
class SentencePiece:
    """A vocabulary; special pieces that it does not have are not in `special`."""

    pieces: tuple[Piece, ...]
    special: dict[str, int]
    """the numbers of unk, bos, eos and pad"""
    add_dummy_prefix: bool


def read_sentencepiece(path: Path) -> SentencePiece:
    """The vocabulary in a tokenizer.model.

    Raises:
        ModelError: it is missing, damaged, too large or of another kind.
    """
    mapped = map_file(path)
    with mapped:
        if len(mapped) > MAX_FILE:
            _refuse(path, f"it has more than {MAX_FILE:,} bytes")
        data = mapped[:]
    if _is_tiktoken(data):
        raise ModelError(
            f"{path} is a tokenizer of tiktoken, as Llama 3 has it, not of SentencePiece.",
            "Give the Hugging Face folder of this model, which has a tokenizer.json.",
        )
    try:
        return _parsed(path, data)
    except (WireError, UnicodeDecodeError, struct.error) as error:
        raise _damage(path, str(error)) from None


def _is_tiktoken(data: bytes) -> bool:
    """Lines of base64 and a rank."""
    first = data[:512].split(b"\n")[0].split(b" ")
    return len(first) == 2 and first[1].strip().isdigit() and first[0].isascii()


def _parsed(path: Path, data: bytes) -> SentencePiece:
    pieces: list[Piece] = []
    special = {"unk": 0, "bos": 1, "eos": 2, "pad": -1}
    dummy_prefix = True
    for number, kind, value in fields(data):
        if kind != BYTES or not isinstance(value, bytes):
            continue
        if number == _PIECES:
            pieces.append(_piece(value))
        elif number == _TRAINER:
            for field, wire, said in fields(value):
                if wire == VARINT and isinstance(said, int) and field in _SPECIAL:
                    special[_SPECIAL[field]] = signed(said)
        elif number == _NORMALIZER:
            for field, wire, said in fields(value):
                if wire == VARINT and field == _DUMMY_PREFIX:
                    dummy_prefix = bool(said)
        if len(pieces) > MAX_VOCAB:
            _refuse(path, f"it has more than {MAX_VOCAB:,} pieces")
    _check(path, pieces)
    expected = {UNKNOWN, CONTROL}
    known = {
        name: place
        for name, place in special.items()
        if 0 <= place < len(pieces) and pieces[place].type in expected
    }
    return SentencePiece(tuple(pieces), known, dummy_prefix)


def _piece(data: bytes) -> Piece:
    text, score, kind = "", 0.0, NORMAL
    for number, wire, value in fields(data):
        if number == _TEXT and wire == BYTES and isinstance(value, bytes):
            text = value.decode()
        elif number == _SCORE and wire == FIXED32 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif number == _TYPE and wire == VARINT and isinstance(value, int):
            kind = value
    return Piece(text, score, kind)


def _check(path: Path, pieces: list[Piece]) -> None:
    """What SentencePiece itself refuses to load."""
    if not pieces:
        _refuse(path, "it has no pieces")
    if any(not piece.text or not NORMAL <= piece.type <= BYTE for piece in pieces):
        _refuse(path, "a piece has no text or no known type")
    if any(not math.isfinite(piece.score) for piece in pieces):
        _refuse(path, "a piece has no score")
    if len({piece.text for piece in pieces}) != len(pieces):
        _refuse(path, "a piece is in it twice")
    if sum(piece.type == UNKNOWN for piece in pieces) != 1:
        _refuse(path, "it has not exactly one piece for what is unknown")


def _refuse(path: Path, what: str) -> NoReturn:
    raise _damage(path, what)


def _damage(path: Path, what: str) -> ModelError:
    return ModelError(f"{path} is no intact SentencePiece model: {what}.", _AGAIN)
