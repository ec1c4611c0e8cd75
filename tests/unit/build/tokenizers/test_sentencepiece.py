"""SentencePiece models, intact and not."""

import random
from pathlib import Path

import pytest

from llamachat.build.tokenizers.choose import sentencepiece_tokenizer
from llamachat.build.tokenizers.sentencepiece import Piece, read_sentencepiece
from llamachat.errors import ModelError
from llamachat.gguf.metadata import Array, Value
from tests.unit.build.tokenizers.spm_writer import sentencepiece_bytes, small_pieces

PIECES = small_pieces(270)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "tokenizer.model"
    path.write_bytes(data)
    return path


def test_pieces_scores_types_and_special_numbers_are_read(tmp_path: Path) -> None:
    data = sentencepiece_bytes(PIECES, {"bos": 2, "pad": -1}, dummy_prefix=False)
    model = read_sentencepiece(written(tmp_path, data))
    assert model.pieces[:3] == tuple(Piece(*piece) for piece in PIECES[:3])
    assert [piece.text for piece in model.pieces] == [piece[0] for piece in PIECES]
    assert (model.special, model.add_dummy_prefix) == ({"unk": 0, "bos": 2, "eos": 2}, False)


def test_a_vocabulary_is_padded_to_the_embeddings(tmp_path: Path) -> None:
    entries = sentencepiece_tokenizer(written(tmp_path, sentencepiece_bytes(PIECES)), 272)
    tokens = entries["tokenizer.ggml.tokens"]
    assert isinstance(tokens, Array)
    assert list(tokens)[-3:] == [PIECES[-1][0], "[PAD270]", "[PAD271]"]
    begins = entries["tokenizer.ggml.add_bos_token"]
    assert isinstance(begins, Value)
    assert begins.data is True


def test_a_vocabulary_larger_than_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="270 tokens and the model 269"):
        sentencepiece_tokenizer(written(tmp_path, sentencepiece_bytes(PIECES)), 269)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"IQ== 0\nIg== 1\n", "tiktoken"),
        (b"", "empty"),
        (sentencepiece_bytes([]), "no pieces"),
        (sentencepiece_bytes(PIECES[1:]), "unknown"),
        (sentencepiece_bytes([*PIECES, PIECES[-1]]), "twice"),
        (sentencepiece_bytes([*PIECES, ("x", float("nan"), 1)]), "no score"),
        (sentencepiece_bytes([*PIECES, ("x", 0.0, 9)]), "no known type"),
        (b"\x0a\xff\xff\xff\xff\x7f", "beyond its end"),
        (b"\x0a" + b"\xff" * 20, "without an end"),
    ],
)
def test_a_damaged_model_is_refused_with_the_reason(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        read_sentencepiece(written(tmp_path, data))


def test_no_change_of_bytes_leads_to_anything_but_a_refusal(tmp_path: Path) -> None:
    rng = random.Random(6)
    intact = sentencepiece_bytes(PIECES, {"bos": 1})
    for _ in range(300):
        data = bytearray(intact)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        del data[rng.choice([len(data), rng.randrange(len(data))]) :]
        path = written(tmp_path, bytes(data))
        try:
            sentencepiece_tokenizer(path, 300)
        except ModelError:
            continue
