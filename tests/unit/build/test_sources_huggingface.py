"""Hugging Face folders give what llama.cpp's converter makes of them, or are refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamachat.build.build_pass import run
from llamachat.build.plan import make_plan
from llamachat.build.recipe import make_recipe
from llamachat.build.source import open_source
from llamachat.errors import ModelError
from llamachat.gguf.reader import read_header
from scripts.record_conversion import RECORD, summary_of
from tests.unit.build.hf_folders import CASES, Case, stored_as, weights_of, write_folder
from tests.unit.build.safetensors_writer import write_raw, write_safetensors
from tests.unit.build.torch_writer import Saved, write_torch

RECORDED = json.loads((Path(__file__).parents[3] / RECORD).read_text())
BY_NAME = {case.name: case for case in CASES}
PLAIN = BY_NAME["linear-rope"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_file_is_the_one_that_the_converter_writes(tmp_path: Path, case: Case) -> None:
    write_folder(tmp_path / case.name, case)
    source = open_source(tmp_path / case.name)
    types = tuple(RECORDED[case.name])
    outputs = [tmp_path / f"{outtype}.gguf" for outtype in types]
    run(make_plan(source, make_recipe(types), outputs))
    for outtype, output in zip(types, outputs, strict=True):
        assert summary_of(read_header(output)) == RECORDED[case.name][outtype]
    source.close()


def test_the_record_covers_every_type_and_every_case() -> None:
    assert {name: set(kinds) for name, kinds in RECORDED.items()} == {
        case.name: {"f32", "f16", "bf16"} for case in CASES
    }


def test_rows_come_in_any_blocks(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", BY_NAME["biases"])
    for tensor in open_source(tmp_path / "m").tensors():
        whole = tensor.read(0, tensor.n_rows)
        for size in (1, 5, 37):
            blocks = range(0, tensor.n_rows, size)
            parts = [tensor.read(row, min(row + size, tensor.n_rows)) for row in blocks]
            assert np.array_equal(np.concatenate(parts), whole)
        assert whole.flags.c_contiguous
        with pytest.raises(ValueError, match="rows"):
            tensor.read(0, tensor.n_rows + 1)


def test_a_checkpoint_of_a_trainer_is_read_and_its_other_pickles_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "checkpoint-500"
    write_folder(folder, PLAIN)
    for name in ("optimizer.pt", "scheduler.pt", "training_args.bin", "rng_state.pth"):
        (folder / name).write_bytes(b"\x80\x02cos\nsystem\nX\4\0\0\0exit\x85R.")
    source = open_source(folder)
    assert source.base_name == "run-checkpoint-500"
    assert [path.name for path in source.files] == [
        "config.json", "tokenizer.model", "model.safetensors",
    ]  # fmt: skip


def test_a_snapshot_of_the_hub_is_called_by_its_repository(tmp_path: Path) -> None:
    folder = tmp_path / "models--someone--Small-Llama" / "snapshots" / "0123abcd"
    write_folder(folder, PLAIN)
    assert open_source(folder).base_name == "Small-Llama"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"architectures": ["Qwen2ForCausalLM"]}, "of the architecture 'Qwen2ForCausalLM'"),
        ({"architectures": ["MixtralForCausalLM"]}, "of the architecture 'MixtralForCausalLM'"),
        ({"architectures": None}, "does not name the model's architecture"),
        ({"architectures": [7]}, "says '.7.' for architectures"),
        ({"quantization_config": {"quant_method": "gptq"}}, "already quantized by 'gptq'"),
        ({"hidden_act": "gelu"}, "the activation 'gelu'"),
        ({"num_local_experts": 8}, "a mixture of experts"),
        ({"text_config": {}}, "pictures or sound"),
        ({"is_causal": False}, "attention to what follows"),
        ({"partial_rotary_factor": 0.5}, "rope on a part of each head"),
        ({"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "by 'dynamic'"),
        ({"rope_scaling": {"rope_type": "longrope"}}, "by 'longrope'"),
        ({"rope_scaling": {"type": "linear"}}, "does not say rope_scaling.factor"),
        ({"rope_scaling": {"type": "linear", "factor": -1}}, "says '-1' for rope_scaling.factor"),
        ({"rope_scaling": {"type": "yarn", "factor": 2}}, "original_max_position_embeddings"),
        ({"rope_scaling": [1]}, "should be an object"),
        ({"num_hidden_layers": 3}, "lacks the tensor model.layers.2"),
        ({"num_hidden_layers": 1}, "holds the tensor 'model.layers.1"),
        ({"num_hidden_layers": 10**9}, "claims 1,000,000,000 layers"),
        ({"num_hidden_layers": 2.0}, "says '2.0' for num_hidden_layers"),
        ({"num_key_value_heads": 3}, "cannot share evenly"),
        ({"num_key_value_heads": 8}, r"shape \(32, 64\); by its config.json it should be"),
        ({"vocab_size": 301}, r"shape \(300, 64\); by its config.json it should be \(301, 64\)"),
        ({"head_dim": 9}, "heads of 9 dimensions"),
        ({"rms_norm_eps": 0}, "says '0' for rms_norm_eps"),
        ({"rope_theta": 1e300}, "says '1e.300' for rope_theta"),
    ],
)
def test_a_config_that_asks_for_something_else_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    folder = tmp_path / "m"
    write_folder(folder, PLAIN)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ModelError, match=words):
        open_source(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": ' * 10_000, "\0", "null"])
def test_a_config_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    write_folder(tmp_path / "m", PLAIN)
    (tmp_path / "m/config.json").write_text(text)
    with pytest.raises(ModelError, match="is not"):
        open_source(tmp_path / "m")


def weights() -> dict[str, Any]:
    return stored_as(weights_of(PLAIN), "f32")


def test_tensors_that_no_llama_has_are_named(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", PLAIN)
    path = tmp_path / "m/model.safetensors"
    more = weights() | {"model.layers.0.self_attn.q_norm.weight": np.ones(8, np.float32)}
    write_safetensors(path, more, "f32")
    with pytest.raises(ModelError, match=r"holds the tensor 'model.layers.0.self_attn.q_norm"):
        open_source(tmp_path / "m")


def test_an_output_that_is_missing_must_be_tied(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", PLAIN)
    fewer = weights()
    del fewer["lm_head.weight"]
    write_safetensors(tmp_path / "m/model.safetensors", fewer, "f32")
    with pytest.raises(ModelError, match=r"lacks the tensor lm_head.weight.*tie_word_embeddings"):
        open_source(tmp_path / "m")


def test_weights_that_are_numbers_of_another_type_are_named(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", PLAIN)
    (tmp_path / "m/model.safetensors").unlink()
    tensors = {name: Saved(w) for name, w in weights().items()}
    tensors["model.norm.weight"] = Saved(np.ones(64, np.float64), "DoubleStorage")
    write_torch(tmp_path / "m/pytorch_model.bin", tensors)
    with pytest.raises(ModelError, match=r"stores model.norm.weight as float64"):
        open_source(tmp_path / "m")


def test_an_index_must_fit_its_files(tmp_path: Path) -> None:
    case = BY_NAME["gqa-bf16-sharded"]
    write_folder(tmp_path / "m", case)
    index = tmp_path / "m/model.safetensors.index.json"
    places = json.loads(index.read_text())["weight_map"]
    last = "model-00003-of-00003.safetensors"
    for changed, words in (
        (places | {"more": last}, "'more' is missing"),
        ({name: part for name, part in places.items() if "norm" not in name}, "is not mentioned"),
        (places | {"lm_head.weight": "../secret"}, "cannot be parts of a model"),
        (places | {"lm_head.weight": 1}, "does not say which tensor"),
        ({}, "does not say which tensor"),
    ):
        index.write_text(json.dumps({"weight_map": changed}))
        with pytest.raises(ModelError, match=words):
            open_source(tmp_path / "m")
    index.write_text(json.dumps({"weight_map": places}))
    (tmp_path / "m" / last).unlink()
    with pytest.raises(ModelError, match=f"There is no file .*{last}"):
        open_source(tmp_path / "m")


def test_two_models_in_one_folder_are_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", PLAIN)
    write_raw(tmp_path / "m/model-old.safetensors", {"lm_head.weight": {
        "dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4))  # fmt: skip
    with pytest.raises(ModelError, match=r"'lm_head.weight', which another file beside it"):
        open_source(tmp_path / "m")
