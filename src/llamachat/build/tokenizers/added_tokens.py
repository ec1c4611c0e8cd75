"""Tokens that were added to a vocabulary, and which of them are special, as transformers has them.

tokenizer.json lists them; tokenizer_config.json may change their flags and name more. Knows nothing
of GGUF.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llamachat.build.mapped_file import damaged
from llamachat.build.tokenizers.folder import Fields, TokenizerFolder, content, objects, token_id
from llamachat.build.tokenizers.special_tokens import TYPES

_LLAMA_DEFAULTS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
_LLAMA_CLASSES = ("LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", None)


@dataclass(frozen=True, slots=True)
class AddedToken:
    """A token beside the vocabulary, or one of it with flags of its own."""

    content: str
    number: int
    special: bool
    normalized: bool


def added_tokens(folder: TokenizerFolder, vocabulary: dict[str, int]) -> dict[str, AddedToken]:
    """By their text.

    Raises:
        ModelError: one has no text or no number.
    """
    found: dict[str, AddedToken] = {}
    where = folder.path / "tokenizer.json"
    for said in objects(folder.tokenizer.get("added_tokens")):
        _add(found, said, said.get("id"), where.name, folder)
    decoder = folder.tokenizer_config.get("added_tokens_decoder")
    for number, said in (decoder if isinstance(decoder, dict) else {}).items():
        if isinstance(said, dict) and isinstance(text := said.get("content"), str):
            known = found.get(text)
            place = known.number if known else vocabulary.get(text, number)
            _add(found, said, place, "tokenizer_config.json", folder)
    taken = [*vocabulary.values(), *(token.number for token in found.values())]
    free = max(taken, default=-1) + 1
    for name in special_names(folder):
        if name not in found:
            place = vocabulary.get(name, free)
            free += place == free
            found[name] = AddedToken(name, place, special=True, normalized=False)
    return found


def special_names(folder: TokenizerFolder) -> dict[str, None]:
    """The texts of all special tokens, without repetition."""
    return dict.fromkeys(_special_names(folder))


def _special_names(folder: TokenizerFolder) -> Iterator[str]:
    config = dict(folder.tokenizer_config)
    if "added_tokens_decoder" not in config:
        config |= folder.special_tokens_map
    if config.get("tokenizer_class") in _LLAMA_CLASSES:
        config = _LLAMA_DEFAULTS | config
    for kind in TYPES:
        if text := content(config.get(f"{kind}_token")):
            yield text
    more = config.get("additional_special_tokens")
    for item in more if isinstance(more, list) else []:
        if text := content(item):
            yield text


def _add(
    found: dict[str, AddedToken], said: Fields, number: object, file: str, folder: TokenizerFolder
) -> None:
    where = folder.path / file
    text = content(said)
    if not text:
        raise damaged(where, "an added token has no text")
    special = said.get("special") is True
    normalized = said.get("normalized", not special) is True
    found[text] = AddedToken(text, token_id(number, where), special, normalized)
