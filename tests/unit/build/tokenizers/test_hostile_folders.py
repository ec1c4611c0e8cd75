"""JSON files beside a model may say anything: what cannot be a tokenizer is refused."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from llamachat.build.tokenizers.choose import hugging_face_tokenizer
from llamachat.errors import ModelError
from tests.unit.build.tokenizers.folders import byte_level_json, sentencepiece_json

STRANGE: tuple[Any, ...] = (None, True, -1, 1e308, 10**30, "", "\ud800", "x", [], {}, [[]], [{}],
                            {"content": 3}, {"id": []}, ["a", "b"])  # fmt: skip
CONFIG = {"bos_token": "<|begin_of_text|>", "eos_token": "x", "chat_template": "c",
          "additional_special_tokens": ["<more>"], "add_bos_token": True,
          "added_tokens_decoder": {"99": {"content": "<|eot_id|>", "special": True}}}  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every key and index, but only a few of each vocabulary."""
    items = list(value.items() if isinstance(value, dict) else enumerate(value))[-8:]
    found = [(*path, key) for key, _ in items]
    for key, inner in items:
        if isinstance(inner, dict | list):
            found += places(inner, (*path, key))
    return found


def changed(value: Any, rng: random.Random) -> Any:
    value = copy.deepcopy(value)
    *path, last = rng.choice(places(value))
    inner = value
    for key in path:
        inner = inner[key]
    inner[last] = rng.choice(STRANGE)
    return value


@pytest.mark.parametrize("tokenizer", [byte_level_json(), sentencepiece_json()])
def test_no_change_of_a_field_leads_to_anything_but_a_refusal(
    tmp_path: Path, tokenizer: dict[str, Any]
) -> None:
    rng = random.Random(6)
    for _ in range(250):
        (tmp_path / "tokenizer.json").write_text(json.dumps(changed(tokenizer, rng)))
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(changed(CONFIG, rng)))
        try:
            entries = hugging_face_tokenizer(tmp_path, 300)
        except ModelError:
            continue
        for value in entries.values():
            if hasattr(value, "packed"):
                value.packed()


def test_an_unknown_way_to_divide_text_is_refused_by_name(tmp_path: Path) -> None:
    tokenizer = byte_level_json()
    tokenizer["pre_tokenizer"] = {"type": "Metaspace"}
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(ModelError, match="divides text by Metaspace"):
        hugging_face_tokenizer(tmp_path, 300)


def test_a_llama3_tokenizer_that_does_not_ignore_merges_is_refused(tmp_path: Path) -> None:
    tokenizer = byte_level_json()
    tokenizer["model"]["ignore_merges"] = False
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(ModelError, match="llama-bpe but says ignore_merges: False"):
        hugging_face_tokenizer(tmp_path, 300)


def test_a_folder_without_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no tokenizer"):
        hugging_face_tokenizer(tmp_path, 300)
