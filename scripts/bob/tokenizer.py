"""Bob's vocabulary: SentencePiece BPE with byte fallback, digits split, text taken as it is.

No dummy space before a text and no normalization, so that a dialog is the same tokens whole or in
parts. Needs `sentencepiece`; knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

VOCABULARY = 4096
UNKNOWN, BEGIN, END = 0, 1, 2
"""token ids, as in every Llama with SentencePiece"""


def train(lines: Iterable[str], target: Path) -> None:
    """Learns the vocabulary from lines of text and writes it to `target`."""
    import sentencepiece  # only those who tokenize need it

    with target.open("wb") as out:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=out,
            model_type="bpe",
            vocab_size=VOCABULARY,
            byte_fallback=True,
            split_digits=True,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            character_coverage=0.9999,
            unk_id=UNKNOWN,
            bos_id=BEGIN,
            eos_id=END,
            pad_id=-1,
            num_threads=2,
            minloglevel=2,
        )


class Pieces(Protocol):
    """What the corpus needs of a tokenizer."""

    def encode(self, text: str) -> list[int]: ...

    def decode(self, tokens: list[int]) -> str: ...


def load(path: Path) -> Pieces:
    """A trained vocabulary."""
    import sentencepiece

    pieces: Pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return pieces
