"""Turns a tokenizer.json of Hugging Face into entries of tokenizer.ggml.*.

Two kinds are told apart: one by bytes, as GPT-2 and Llama 3 have it, and a SentencePiece vocabulary
that was saved in this form, as Llama 2 and Mistral have it. Follows llama.cpp's converter and, for
added tokens, transformers. Does not know how text is divided into words.
"""

from __future__ import annotations

import re
from itertools import islice

from llamachat.build.hparams import MAX_VOCAB
from llamachat.build.mapped_file import damaged
from llamachat.build.tokenizers.added_tokens import AddedToken, added_tokens, special_names
from llamachat.build.tokenizers.byte_level import decoded
from llamachat.build.tokenizers.folder import TokenizerFolder
from llamachat.build.tokenizers.pre_tokenizers import pre_tokenizer_name
from llamachat.build.tokenizers.sentencepiece import BYTE, CONTROL, NORMAL, UNUSED, USER_DEFINED
from llamachat.build.tokenizers.special_tokens import special_metadata
from llamachat.build.tokenizers.spm_vocabulary import TokenTable, looks_special, token_array
from llamachat.errors import ModelError
from llamachat.gguf.metadata import Metadata, ValueType, array, text

_BYTE_TOKEN = re.compile(r"<0x[0-9A-Fa-f]{2}>")
_HF_SCORE = -1000.0


def bpe_metadata(folder: TokenizerFolder, n_vocab: int) -> Metadata:
    """The whole tokenizer of a folder without tokenizer.model.

    Raises:
        ModelError: it is damaged, does not fit the model or is unknown to llama.cpp.
    """
    model = folder.tokenizer.get("model")
    if not isinstance(model, dict) or model.get("type", "BPE") != "BPE":
        kind = model.get("type") if isinstance(model, dict) else None
        raise ModelError(
            f"The tokenizer in {folder.path} is of the kind {str(kind)[:40]!a}.",
            "llamachat builds those of the kind BPE, and SentencePiece's tokenizer.model.",
        )
    vocabulary = _vocabulary(folder, model.get("vocab"))
    added = added_tokens(folder, vocabulary)
    numbers = [*vocabulary.values(), *(token.number for token in added.values())]
    if max(numbers, default=n_vocab) >= n_vocab:
        raise ModelError(
            f"{folder.path / 'tokenizer.json'} has tokens up to {max(numbers, default=0):,} and "
            f"the model {n_vocab:,}.",
            "The tokenizer and the weights are not of the same model: get both again.",
        )
    decoder = folder.tokenizer.get("decoder")
    steps = isinstance(decoder, dict) and decoder.get("type") == "Sequence"
    if model.get("byte_fallback") is True and steps:
        return _sentencepiece(folder, vocabulary, added)
    return _byte_level(folder, vocabulary, added, n_vocab) | special_metadata(folder, None)


def _vocabulary(folder: TokenizerFolder, value: object) -> dict[str, int]:
    where = folder.path / "tokenizer.json"
    if not isinstance(value, dict) or not 0 < len(value) <= MAX_VOCAB:
        raise damaged(where, "it has no vocabulary")
    if any(type(number) is not int or number < 0 for number in value.values()):
        raise damaged(where, "a token has no number")
    if len(set(value.values())) != len(value):
        raise damaged(where, "two tokens have the same number")
    return value


def _byte_level(
    folder: TokenizerFolder, vocabulary: dict[str, int], added: dict[str, AddedToken], n_vocab: int
) -> Metadata:
    clean = folder.tokenizer_config.get("clean_up_tokenization_spaces") is True
    tokens = [f"[PAD{number}]" for number in range(n_vocab)]
    types = [UNUSED] * n_vocab
    for token, number in vocabulary.items():
        tokens[number], types[number] = token, NORMAL
    for extra in added.values():
        name = extra.content if extra.normalized else decoded(extra.content, clean)
        special = extra.special or looks_special(name)
        tokens[extra.number] = name if special else name.replace("▁", " ")
        types[extra.number] = CONTROL if special else USER_DEFINED
    entries: Metadata = {
        "tokenizer.ggml.model": text("gpt2"),
        "tokenizer.ggml.pre": text(pre_tokenizer_name(folder)),
        "tokenizer.ggml.tokens": token_array(tokens),
        "tokenizer.ggml.token_type": array(ValueType.INT32, types),
    }
    merges = _merges(folder)
    return entries | ({"tokenizer.ggml.merges": token_array(merges)} if merges else {})


def _merges(folder: TokenizerFolder) -> list[str]:
    """Pairs, written as one text or, since transformers 4.45, as two."""
    model = folder.tokenizer["model"]
    merges = model.get("merges")
    if not isinstance(merges, list) or not merges:
        raise damaged(folder.path / "tokenizer.json", "it has no merges")
    if all(isinstance(merge, str) for merge in islice(merges, 4 * MAX_VOCAB)):
        return merges
    if not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
        for pair in merges
    ):
        raise damaged(folder.path / "tokenizer.json", "a merge is no pair of tokens")
    return [" ".join(part.replace(" ", "Ġ") for part in pair) for pair in merges]


def _sentencepiece(
    folder: TokenizerFolder, vocabulary: dict[str, int], added: dict[str, AddedToken]
) -> Metadata:
    """The converter pads nothing here, and knows no scores: llama.cpp joins by the vocabulary."""
    special = special_names(folder)
    n_base = len(vocabulary)
    names = {number: token for token, number in vocabulary.items()}
    names |= {token.number: token.content for token in added.values()}
    beyond = sorted(token.number for token in added.values() if token.number >= n_base)
    if not all(number in names for number in range(n_base)):
        raise damaged(folder.path / "tokenizer.json", "numbers are missing in its vocabulary")
    table = TokenTable([], [], [])
    for number in (*range(n_base), *beyond):
        name = names[number]
        kind = CONTROL if name in special else NORMAL if number < n_base else USER_DEFINED
        if number < n_base and _BYTE_TOKEN.fullmatch(name):
            kind = BYTE
        table.tokens.append(name)
        table.scores.append(_HF_SCORE)
        table.types.append(kind)
    return table.metadata() | special_metadata(folder, len(table.tokens))
