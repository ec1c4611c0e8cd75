"""PEFT's folders, read distrustfully."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamachat.build.lora import LoraAdapter
from llamachat.build.lora_config import read_lora_config
from llamachat.errors import ModelError
from tests.unit.build.adapters import ADAPTERS, adapter_tensors, write_adapter

PLAIN = ADAPTERS[0]
Q_A = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
Q_B = Q_A.replace("lora_A", "lora_B")


def config_with(folder: Path, **entries: Any) -> Path:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({"peft_type": "LORA", "r": 4, "lora_alpha": 8, **entries}))
    return path


def test_a_folder_gives_its_pairs_and_their_scale(tmp_path: Path) -> None:
    adapter = LoraAdapter.open(write_adapter(tmp_path / "a", PLAIN))
    pair = adapter.pairs["model.layers.0.self_attn.q_proj.weight"]
    assert len(adapter.pairs) == 4
    assert (pair.shape, pair.rank, pair.scale) == ((256, 256), 4, 2.0)
    assert [path.name for path in adapter.files] == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


@pytest.mark.parametrize(
    ("entries", "named"),
    [
        ({"peft_type": "IA3"}, "IA3"),
        ({"peft_type": "VERA"}, "VERA"),
        ({"peft_type": "LOHA"}, "LOHA"),
        ({"peft_type": None}, "no known kind"),
        ({"use_dora": True}, "DoRA"),
        ({"lora_bias": True}, "lora_bias"),
        ({"layer_replication": [[0, 2]]}, "replicated"),
        ({"alora_invocation_tokens": [1]}, "aLoRA"),
        ({"init_lora_weights": "pissa_niter_4"}, "pissa"),
        ({"bias": "some"}, "some"),
    ],
)
def test_what_is_not_plain_lora_is_refused_by_name(
    tmp_path: Path, entries: dict[str, Any], named: str
) -> None:
    with pytest.raises(ModelError, match=named) as refused:
        read_lora_config(config_with(tmp_path, **entries))
    assert "merge_and_unload" in refused.value.hint


@pytest.mark.parametrize(
    "entries",
    [
        {"r": 0}, {"r": -1}, {"r": 1 << 40}, {"r": "8"}, {"r": True}, {"lora_alpha": 0},
        {"lora_alpha": 1e999}, {"use_rslora": 1}, {"target_modules": {"q": 1}},
        {"layers_to_transform": [-1]}, {"layers_to_transform": "all"}, {"rank_pattern": {"q": 0}},
        {"rank_pattern": [1]}, {"alpha_pattern": {"q": float("nan")}},
        {"rank_pattern": {f"q{n}": 1 for n in range(2000)}}, {"base_model_name_or_path": 7},
    ],
)  # fmt: skip
def test_an_impossible_configuration_is_refused(tmp_path: Path, entries: dict[str, Any]) -> None:
    with pytest.raises(ModelError):
        read_lora_config(config_with(tmp_path, **entries))


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)" * 30, "a{1,9999}", "(", "x" * 500, "a*a*a*a*", r"(a)\1"]
)
def test_a_pattern_that_could_take_long_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(ModelError, match="intricate"):
        read_lora_config(config_with(tmp_path, alpha_pattern={pattern: 1}))


def test_ranks_and_alphas_are_those_of_the_first_pattern_that_matches(tmp_path: Path) -> None:
    patterns = {"rank_pattern": {r"^model\.layers\.1\..*": 9, "q_proj": 16}, "use_rslora": True}
    config = read_lora_config(config_with(tmp_path, **patterns, alpha_pattern={"q_proj": 2}))
    assert config.rank_of("model.layers.0.self_attn.q_proj") == 16
    assert config.scale_of("model.layers.0.self_attn.q_proj") == 0.5
    assert config.scale_of("model.layers.0.self_attn.eq_proj") == 4.0


@pytest.mark.parametrize("missing", [Q_A, Q_B])
def test_half_a_pair_is_refused(tmp_path: Path, missing: str) -> None:
    tensors = adapter_tensors(PLAIN)
    del tensors[missing]
    with pytest.raises(ModelError, match="pair"):
        LoraAdapter.open(write_adapter(tmp_path / "a", PLAIN, tensors))


@pytest.mark.parametrize(
    ("name", "shape"), [(Q_A, (5, 256)), (Q_B, (256, 3)), (Q_A, (1024,)), (Q_A, (0, 256))]
)
def test_ranks_that_do_not_agree_are_refused(
    tmp_path: Path, name: str, shape: tuple[int, ...]
) -> None:
    tensors = adapter_tensors(PLAIN) | {name: np.zeros(shape, np.float32)}
    with pytest.raises(ModelError):
        LoraAdapter.open(write_adapter(tmp_path / "a", PLAIN, tensors))


@pytest.mark.parametrize(
    "name",
    [
        Q_A.replace("lora_A.weight", "lora_magnitude_vector"),
        Q_A.replace("lora_A", "hada_w1_a"),
        Q_B.replace("weight", "bias"),
        Q_A.replace("lora_A", "lora_A.default"),
        Q_A.replace("q_proj", "q" * 200),
    ],
)
def test_parts_that_plain_lora_lacks_or_has_once_are_refused(tmp_path: Path, name: str) -> None:
    tensors = adapter_tensors(PLAIN) | {name: np.zeros((4, 256), np.float32)}
    with pytest.raises(ModelError):
        LoraAdapter.open(write_adapter(tmp_path / "a", PLAIN, tensors))


def test_no_weights_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights"):
        LoraAdapter.open(write_adapter(tmp_path / "empty", PLAIN, {}))
    (folder := tmp_path / "config-only").mkdir()
    config_with(folder)
    with pytest.raises(ModelError, match=r"no adapter_model\.safetensors"):
        LoraAdapter.open(folder)
