"""Which tokens begin and end a text, as gguf-py finds them out (SpecialVocab).

tokenizer_config.json names them, tokenizer.json gives their numbers and says with its
post-processor which are added to a prompt, config.json fills what is missing. Reads no vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llamachat.build.tokenizers.chat_templates import chat_template_metadata
from llamachat.build.tokenizers.folder import Fields, TokenizerFolder, content, objects, token_id
from llamachat.gguf.metadata import Metadata, boolean, u32

TYPES = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
_KEYS = {
    "bos": "bos", "eos": "eos", "unk": "unknown", "sep": "seperator", "pad": "padding",
    "mask": "mask", "eot": "eot", "eom": "eom",
}  # fmt: skip
"""words of tokenizer.ggml.*_token_id, misspelt as llama.cpp misspells one; cls has none"""
_ADDED = ("bos", "eos", "sep")


@dataclass(slots=True)
class _Findings:
    types: list[str]
    names: dict[str, Any]
    """tokenizer_config.json, corrected by the post-processor"""
    has_names: bool
    ids: dict[str, int] = field(default_factory=dict)
    added: dict[str, bool] = field(default_factory=dict)


def special_metadata(
    folder: TokenizerFolder, n_vocab: int | None, types: tuple[str, ...] = TYPES
) -> Metadata:
    """The entries from tokenizer.ggml.bos_token_id to tokenizer.chat_template.

    `n_vocab` leaves out numbers that are not below it.

    Raises:
        ModelError: a number is none.
    """
    found = _Findings(list(types), dict(folder.tokenizer_config), folder.has_tokenizer_config)
    if folder.tokenizer:
        _ask_post_processor(found, folder.tokenizer)
    added = objects(folder.tokenizer.get("added_tokens"))
    config = folder.path / "config.json"
    if found.has_names:
        _ask_names(found, folder, added, n_vocab)
    for kind in found.types:
        number = folder.config.get(f"{kind}_token_id")
        if type(number) is int:
            _number(found, kind, token_id(number, config), n_vocab)
    entries: Metadata = {
        f"tokenizer.ggml.{_KEYS[kind]}_token_id": u32(number)
        for kind, number in found.ids.items()
        if kind in _KEYS
    }
    for kind, value in found.added.items():
        if kind in _ADDED:
            entries[f"tokenizer.ggml.add_{kind}_token"] = boolean(value)
    return entries | chat_template_metadata(folder) | _normalizer(folder.tokenizer)


def _ask_names(
    found: _Findings, folder: TokenizerFolder, added: list[Fields], n_vocab: int | None
) -> None:
    numbers: dict[str, object] = {}
    for token in added:
        if (text := content(token)) is not None:
            numbers.setdefault(text, token.get("id"))
    for kind in found.types:
        add = found.names.get(f"add_{kind}_token")
        if isinstance(add, bool):
            found.added.setdefault(kind, add)
        text = content(found.names.get(f"{kind}_token"))
        number = numbers.get(text) if text is not None else None
        if type(number) is int:
            number = token_id(number, folder.path / "tokenizer.json")
            _number(found, kind, number, n_vocab)


def _number(found: _Findings, kind: str, number: int, n_vocab: int | None) -> None:
    if n_vocab is None or number < n_vocab:
        found.ids.setdefault(kind, number)


def _ask_post_processor(found: _Findings, tokenizer: Fields) -> None:
    names = found.names
    for kind, other in (("bos", "cls"), ("eos", "sep")):
        if found.has_names and not names.get(f"{kind}_token") and names.get(f"{other}_token"):
            names[f"{kind}_token"] = names[f"{other}_token"]
    post = tokenizer.get("post_processor")
    if not isinstance(post, dict):
        return
    for processor in objects(post.get("processors", [post])):
        if processor.get("type") == "ByteLevel":
            found.added.setdefault("bos", False)
            found.added.setdefault("eos", False)
        elif processor.get("type") == "TemplateProcessing":
            _ask_template(found, processor)


def _ask_template(found: _Findings, processor: Fields) -> None:
    """A single text between special tokens: the first is bos, the last eos."""
    names = found.names
    single = objects(processor.get("single"))
    if len(single) < 2:
        return
    first, last = _special(single[0]), _special(single[-1])
    if first:
        if not found.has_names:
            found.added["bos"] = True
        else:
            if first not in (names.get("bos_token"), names.get("cls_token")):
                for key in ("bos_token", "cls_token"):
                    names[key] = names.get(key) or first
            found.added["bos"] = first in (names.get("bos_token"), names.get("cls_token"))
    if last:
        if found.has_names and last != names.get("eos_token"):
            _replace_eos(found, last)
        found.added["eos"] = True
    _ask_pair(found, processor, first, last)


def _replace_eos(found: _Findings, last: str) -> None:
    """What a template ends with is eos; what was called so becomes the end of a turn."""
    for kind in ("eot", "eom"):
        if kind not in found.types:
            found.types.append(kind)
            found.names[f"{kind}_token"] = found.names.get("eos_token")
            break
    found.names["eos_token"] = last


def _ask_pair(found: _Findings, processor: Fields, first: str, last: str) -> None:
    """Whether a separator stands between two texts."""
    pair = objects(processor.get("pair"))
    if pair and first and _special(pair[0]) == first:
        pair = pair[1:]
    if pair and last and _special(pair[-1]) == last:
        pair = pair[:-1]
    if len(pair) < 3 or _sequence(pair[0]) != "A" or _sequence(pair[-1]) != "B":
        return
    names = found.names
    ends = [last if not found.has_names and last else names.get("eos_token")]
    separators = [names.get("sep_token"), *ends]
    between = [_special(item) for item in pair[1:-1]]
    add = bool(between[0]) and between[0] in separators and not last
    if len(between) == 2:
        add = add or (bool(between[1]) and between[1] in separators)
    found.added["sep"] = add
    if add and not names.get("sep_token") and found.has_names:
        names["sep_token"] = names.get("eos_token")


def _special(item: Fields) -> str:
    return _id(item.get("SpecialToken"))


def _sequence(item: Fields) -> str:
    return _id(item.get("Sequence"))


def _id(inner: object) -> str:
    value = inner.get("id") if isinstance(inner, Mapping) else None
    return value if isinstance(value, str) else ""


def _normalizer(tokenizer: Fields) -> Metadata:
    """Flags that the tokenizers of Bert have, and a few others."""
    outer = tokenizer.get("normalizer")
    if not isinstance(outer, dict):
        return {}
    steps = objects(outer.get("normalizers")) if outer.get("type") == "Sequence" else [outer]
    entries: Metadata = {}
    kinds = [step.get("type") for step in steps]
    if "Lowercase" in kinds:
        entries["tokenizer.ggml.normalizer.lowercase"] = boolean(True)
    if "StripAccents" in kinds:
        entries["tokenizer.ggml.normalizer.strip_accents"] = boolean(True)
    return entries
