"""The generated vocabulary: laid out as Llama-2's, reachable, and lossless in llama.cpp."""

from pathlib import Path
from random import Random

import pytest

from llamachat.gguf.generated import TINY, LlamaShape, write_generated_llama
from llamachat.gguf.metadata import Array
from llamachat.gguf.vocabulary import FIRST_PIECE, make_pieces, tokenizer_metadata
from tests.shared import SHARED, needs_shared
from tests.unit.gguf.child import ask

TEXTS = [
    "Hello, world!",
    "  two  spaces, a tab\tand\nlines\r\n",
    "ünïcödé, 漢字, العربية, 👩‍👩‍👧 and \u0000 zero",
    "</s><s><unk> is text, not a token",
    "a" * 300,
    "<0x41> and ▁",
]


def test_pieces_are_different_and_each_joins_two_earlier_ones() -> None:
    pieces = make_pieces(2000, Random(0))
    assert len(set(pieces)) == len(pieces) == 2000
    for rank, piece in enumerate(pieces):
        if len(piece) > 1:
            earlier = set(pieces[:rank])
            assert any(
                piece[:cut] in earlier and piece[cut:] in earlier for cut in range(1, len(piece))
            )


def test_vocabulary_is_laid_out_as_llama_2s() -> None:
    metadata = tokenizer_metadata(512, Random(0))
    tokens, kinds = metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"]
    scores = metadata["tokenizer.ggml.scores"]
    assert isinstance(tokens, Array)
    assert isinstance(kinds, Array)
    assert isinstance(scores, Array)
    assert list(tokens)[:4] == ["<unk>", "<s>", "</s>", "<0x00>"]
    assert list(tokens)[FIRST_PIECE - 1] == "<0xFF>"
    assert list(kinds) == [2, 3, 3, *[6] * 256, *[1] * (512 - FIRST_PIECE)]
    ranked = list(scores)[FIRST_PIECE:]
    assert ranked == sorted(ranked, reverse=True)


@pytest.mark.parametrize("n_vocab", [260, 512, 32_000])
def test_any_text_comes_back_from_its_tokens(n_vocab: int, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_generated_llama(path, LlamaShape(1, 32, 1, 1, 32, n_vocab, 64), "q8_0")
    answers = ask("tokenize", {"path": str(path), "texts": TEXTS})
    for text, answer in zip(TEXTS, answers, strict=True):
        assert answer["tokens"][0] == 1
        assert max(answer["tokens"]) < n_vocab
        assert answer["text"] == " " + text.replace("▁", " ")


def test_words_become_fewer_tokens_than_letters(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_generated_llama(path, TINY, "q8_0")
    words = " ".join(piece.strip("▁") for piece in make_pieces(253, Random(0))[-40:])
    (answer,) = ask("tokenize", {"path": str(path), "texts": [words]})
    assert len(answer["tokens"]) < 0.6 * len(words)


@needs_shared
def test_real_prose_comes_back_from_its_tokens(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_generated_llama(path, LlamaShape(1, 32, 1, 1, 32, 32_000, 64), "q8_0")
    prose = (SHARED / "text" / "sotu.txt").read_text()[:50_000]
    (answer,) = ask("tokenize", {"path": str(path), "texts": [prose]})
    assert answer["text"] == " " + prose
