"""Writes SentencePiece models by hand, so that tests need no package to train them."""

import struct
from collections.abc import Iterable, Mapping

Piece = tuple[str, float, int]

_TRAINER = {"unk": 40, "bos": 41, "eos": 42, "pad": 43}


def small_pieces(n_pieces: int) -> list[Piece]:
    """Laid out as Llama 2's, and one piece of every other type; at least 261."""
    pieces: list[Piece] = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    pieces += [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    pieces += [("<mine>", -0.5, 4), ("gone", 0.0, 5)]
    rest = n_pieces - len(pieces)
    pieces += [(f"▁w{number}é", -float(number) / 3, 1) for number in range(rest)]
    return pieces


def sentencepiece_bytes(
    pieces: Iterable[Piece],
    special: Mapping[str, int] | None = None,
    dummy_prefix: bool | None = None,
) -> bytes:
    """A ModelProto; a piece is its text, its score and its type."""
    data = b"".join(_field(1, _piece(*piece)) for piece in pieces)
    trainer = b"".join(
        _tag(_TRAINER[name], 0) + _varint(number % (1 << 64))
        for name, number in (special or {}).items()
    )
    data += _field(2, _tag(35, 0) + _varint(1) + trainer)  # byte_fallback
    if dummy_prefix is not None:
        data += _field(3, _field(1, b"identity") + _tag(3, 0) + _varint(dummy_prefix))
    return data


def _piece(text: str, score: float, kind: int) -> bytes:
    score_bytes = _tag(2, 5) + struct.pack("<f", score)
    return _field(1, text.encode()) + score_bytes + _tag(3, 0) + _varint(kind)


def _field(number: int, data: bytes) -> bytes:
    return _tag(number, 2) + _varint(len(data)) + data


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    groups = []
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
