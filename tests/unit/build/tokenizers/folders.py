"""Folders with a tokenizer and a model card, to be converted by us and by llama.cpp's converter.

`scripts/record_tokenizers.py` keeps what the converter writes; change a folder and its record must
be made again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.build.hf_folders import CASES, write_folder
from tests.unit.build.tokenizers.spm_writer import sentencepiece_bytes, small_pieces

N_VOCAB = 300
_CARD = """---
license: [mit, apache-2.0]
language:
- en
- no
tags:
- small
pipeline_tag: text-generation
base_model: someone/Small-Llama-7B-v0.2
datasets:
- a/stories-v1
- https://huggingface.co/datasets
model_creator: somebody
---
# A card
"""
_SPECIAL = {"bos_token": "<s>", "eos_token": {"content": "</s>", "special": True},
            "unk_token": "<unk>", "tokenizer_class": "LlamaTokenizer"}  # fmt: skip
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True)
class TokenizerCase:
    """A folder by its name; its files besides the weights."""

    name: str
    files: Mapping[str, str | bytes | dict[str, Any]]
    config: Mapping[str, Any] = field(default_factory=dict)


def write_case(parent: Path, case: TokenizerCase) -> Path:
    folder = parent / case.name
    write_folder(folder, CASES[2])  # tied, f16, 300 tokens
    (folder / "tokenizer.model").unlink()
    config = json.loads((folder / "config.json").read_text()) | case.config
    files = {"config.json": config, **case.files}
    for name, content in files.items():
        data = json.dumps(content) if isinstance(content, dict) else content
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def byte_level_json(*, llama3: bool = True, pairs: bool = True) -> dict[str, Any]:
    """A tokenizer.json with the vocabulary of the letters, a few merges and added tokens."""
    letters = [chr(code) for code in range(0x21, 0x7F)] + ["Ġ"]
    merges = [("Ġ", "a"), ("t", "h"), ("th", "e")]
    vocabulary = [*letters, *("".join(pair) for pair in merges)]
    n_base = len(vocabulary)
    added = [("<|begin_of_text|>", True), ("<|eot_id|>", True), ("<|odd|>", False), ("a b", False)]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    split = {"type": "Split", "pattern": {"Regex": _LLAMA3}, "behavior": "Isolated",
             "invert": False}  # fmt: skip
    begin = {"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    template = {"type": "TemplateProcessing", "single": [begin, first],
                "pair": [begin, first, begin, second], "special_tokens": {"<|begin_of_text|>": {
                    "id": "<|begin_of_text|>", "ids": [n_base], "tokens": ["<|begin_of_text|>"]}},
                }  # fmt: skip
    digits = {"type": "Digits", "individual_digits": True}
    first_step = split if llama3 else digits
    steps = [first_step, byte_level | {"use_regex": not llama3}]
    return {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
        "added_tokens": [
            {"id": n_base + place, "content": text, "special": special, "single_word": False,
             "lstrip": False, "rstrip": False, "normalized": False}
            for place, (text, special) in enumerate(added)
        ],
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps},
        "post_processor": {"type": "Sequence", "processors": [
            byte_level | {"use_regex": True}, template]} if llama3 else None,
        "decoder": byte_level | {"use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
            "ignore_merges": llama3,
            "vocab": {token: number for number, token in enumerate(vocabulary)},
            "merges": [list(pair) for pair in merges] if pairs else [" ".join(p) for p in merges],
        },
    }  # fmt: skip


def sentencepiece_json() -> dict[str, Any]:
    """A SentencePiece vocabulary as transformers saves it without tokenizer.model."""
    tokens = [piece[0] for piece in small_pieces(290)]
    known = {token: number for number, token in enumerate(tokens)}
    added = [(number, tokens[number], True) for number in range(3)] + [(290, "<extra>", False)]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0", "truncation": None, "padding": None, "pre_tokenizer": None,
        "normalizer": None, "post_processor": None,
        "added_tokens": [{"id": number, "content": token, "special": special, **flags}
                         for number, token, special in added],
        "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "fuse_unk": True,
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "byte_fallback": True, "ignore_merges": False, "vocab": known, "merges": []},
    }  # fmt: skip


_BPE_CONFIG = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>",
               "clean_up_tokenization_spaces": True, "tokenizer_class": "PreTrainedTokenizerFast",
               "chat_template": "{{ messages }}"}  # fmt: skip
_SPM = sentencepiece_bytes(small_pieces(290))
_ADDED = {"<extra>": 290, "<beyond>": 900}
_DECODER = {"0": {"content": "<unk>", "special": True}, "1": {"content": "<s>", "special": True},
            "291": {"content": "▁two words", "special": False},
            "292": {"content": "<|end|>", "special": False}}  # fmt: skip
TOKENIZERS = (
    TokenizerCase("Tiny-Llama-1.1M-Chat-v0.3", {"tokenizer.model": _SPM},
                  {"bos_token_id": 1, "eos_token_id": [2, 5], "pad_token_id": 999}),
    TokenizerCase("plain", {
        "tokenizer.model": _SPM, "added_tokens.json": _ADDED, "README.md": _CARD,
        "tokenizer_config.json": _SPECIAL | {"added_tokens_decoder": _DECODER,
                                             "add_bos_token": True, "add_eos_token": False,
                                             "add_prefix_space": True},
        "chat_template.jinja": "{{ bos_token }}\r\né",
        "generation_config.json": {"temperature": 0.6, "top_p": 0.9, "top_k": 40}},
        {"bos_token_id": 1, "eos_token_id": 2, "_name_or_path": "org/Some-Model-3B-Instruct"}),
    TokenizerCase("Llama-3-8B-Instruct-32k", {
        "tokenizer.json": byte_level_json(), "tokenizer_config.json": _BPE_CONFIG},
        {"bos_token_id": 98, "eos_token_id": 99}),
    TokenizerCase("smollm", {
        "tokenizer.json": byte_level_json(llama3=False, pairs=False),
        "tokenizer_config.json": _BPE_CONFIG | {"pad_token": "<|eot_id|>"}}),
    TokenizerCase("saved-as-json", {
        "tokenizer.json": sentencepiece_json(),
        "tokenizer_config.json": _SPECIAL | {"eos_token": "</s>", "chat_template": [
            {"name": "default", "template": "d"}, {"name": "to ol", "template": "t"}]}},
        {"bos_token_id": 1}),
    TokenizerCase("Meta-Llama-3.1-70B-2x8k", {"tokenizer.json": byte_level_json(),
                                              "README.md": "---\nversion: v9\ntags: x\n---\n"}),
)  # fmt: skip
