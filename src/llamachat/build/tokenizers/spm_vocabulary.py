"""A SentencePiece vocabulary of a model, with the tokens that were added to it later.

The vocabulary has as many tokens as the model has embeddings; those that nobody names are called
[PAD7]. Follows llama.cpp's converter. Knows nothing of special numbers and chat templates.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.build.tokenizers.folder import TokenizerFolder, content, token_id
from llamachat.build.tokenizers.sentencepiece import (
    CONTROL,
    NORMAL,
    UNUSED,
    USER_DEFINED,
    SentencePiece,
)  # fmt: skip
from llamachat.errors import ModelError
from llamachat.gguf.metadata import Array, Metadata, ValueType, array, text

_ADDED_SCORE, _PAD_SCORE = -1000.0, -10000.0
_LOOK_SPECIAL = ("<pad>", "<mask>", "<2mass>", "[@BOS@]")
_LOOK_SPECIAL_BETWEEN = (("<|", "|>"), ("<｜", "｜>"), ("<unused", ">"))


@dataclass(slots=True)
class TokenTable:
    """Tokens by their numbers, to be filled."""

    tokens: list[str]
    scores: list[float]
    types: list[int]

    @classmethod
    def padded(cls, n_vocab: int) -> TokenTable:
        names = [f"[PAD{number}]" for number in range(n_vocab)]
        return cls(names, [_PAD_SCORE] * n_vocab, [UNUSED] * n_vocab)

    def put(self, number: int, token: str, kind: int, score: float = _ADDED_SCORE) -> None:
        """Numbers beyond the table are left out, as the converter leaves them out."""
        if number < len(self.tokens):
            self.tokens[number], self.types[number] = token, kind
            self.scores[number] = score

    def metadata(self) -> Metadata:
        return {
            "tokenizer.ggml.model": text("llama"),
            "tokenizer.ggml.pre": text("default"),
            "tokenizer.ggml.tokens": token_array(self.tokens),
            "tokenizer.ggml.scores": array(ValueType.FLOAT32, self.scores),
            "tokenizer.ggml.token_type": array(ValueType.INT32, self.types),
        }


def token_array(tokens: list[str]) -> Array:
    """Packed tokens.

    Raises:
        ModelError: one is no text that UTF-8 can hold.
    """
    try:
        return array(ValueType.STRING, tokens)
    except UnicodeEncodeError:
        raise ModelError(
            "A token of the vocabulary is no valid text.", "Get the tokenizer again."
        ) from None


def spm_table(model: SentencePiece, folder: TokenizerFolder, n_vocab: int) -> TokenTable:
    """Every token of the model.

    Raises:
        ModelError: a file beside the vocabulary gives a token no number or no text.
    """
    table = TokenTable.padded(n_vocab)
    for number, piece in enumerate(model.pieces):
        kind = NORMAL if piece.type == USER_DEFINED else piece.type
        table.put(number, piece.text, kind, piece.score)
    where = folder.path / "added_tokens.json"
    for token, number in folder.added_tokens.items():
        table.put(token_id(number, where), token, USER_DEFINED)
    where = folder.path / "tokenizer_config.json"
    decoder = folder.tokenizer_config.get("added_tokens_decoder")
    for number, said in (decoder if isinstance(decoder, dict) else {}).items():
        added = content(said)
        if added is None or not isinstance(said, dict):
            raise ModelError(f"{where} gives the token {str(number)[:20]!a} no text.")
        if said.get("special") or looks_special(added):
            table.put(token_id(number, where), added, CONTROL)
        else:
            table.put(token_id(number, where), added.replace("▁", " "), USER_DEFINED)
    return table


def looks_special(token: str) -> bool:
    """Some models do not mark all tokens as special that are."""
    return token in _LOOK_SPECIAL or any(
        token.startswith(start) and token.endswith(end) for start, end in _LOOK_SPECIAL_BETWEEN
    )
