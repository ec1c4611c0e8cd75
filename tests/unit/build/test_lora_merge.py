"""Adapters merged while rows are read, against what PEFT merges."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamachat.build.build_pass import run
from llamachat.build.lora import LoraAdapter, floats
from llamachat.build.lora_merge import Merged, row_order
from llamachat.build.plan import make_plan
from llamachat.build.recipe import Recipe
from llamachat.build.source import open_source
from llamachat.build.sources.tensor_names import tensor_names
from llamachat.errors import ModelError, UsageError
from llamachat.gguf.types import file_type
from tests.unit.build.adapters import ADAPTERS, BASES, AdapterCase, adapter_tensors, write_adapter
from tests.unit.build.hf_folders import Tensors, write_folder

RECORD: dict[str, Any] = json.loads((Path(__file__).parent / "recorded/lora.json").read_text())
PLAIN = ADAPTERS[0]
Q_B = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"


def open_merged(
    folder: Path, case: AdapterCase, tensors: Tensors | None = None, *, base: str = ""
) -> Merged:
    base = base or case.base
    if not (folder / base).exists():
        write_folder(folder / base, BASES[base])
    adapter = LoraAdapter.open(write_adapter(folder / f"{case.name}-adapter", case, tensors))
    return Merged(open_source(folder / base), adapter)


@pytest.mark.parametrize("case", ADAPTERS, ids=lambda case: case.name)
def test_the_merged_weights_are_those_of_peft(tmp_path: Path, case: AdapterCase) -> None:
    merged = open_merged(tmp_path, case)
    names = {name.name: name for name in tensor_names(merged.hparams)}
    recorded = RECORD[case.name]["merged"]
    heads = {"attn_q": merged.hparams.n_head, "attn_k": merged.hparams.n_head_kv}
    for tensor in merged.tensors():
        name = names[tensor.name]
        values = floats(tensor.read(0, tensor.n_rows)).reshape(name.shape)
        n_head = heads.get(name.role, 0)
        flat = values[np.argsort(row_order(name.shape[0], n_head))].reshape(-1)
        expected = recorded[name.hugging_face]
        step = max(1, flat.size // 5)
        np.testing.assert_allclose(flat[::step][:5], expected, rtol=1e-5, atol=1e-6)


def test_rows_come_alike_in_runs_of_any_length(tmp_path: Path) -> None:
    for tensor in open_merged(tmp_path, PLAIN).tensors():
        if tensor.name.endswith("attn_q.weight"):
            runs = [tensor.read(at, min(at + 7, 256)) for at in range(0, 256, 7)]
            np.testing.assert_allclose(np.concatenate(runs), tensor.read(0, 256), atol=1e-6)


def test_it_is_a_source_that_names_all_its_files(tmp_path: Path) -> None:
    merged = open_merged(tmp_path, PLAIN)
    assert merged.base_name == "mha-plain-adapter"
    assert {path.name for path in merged.files} >= {"config.json", "adapter_config.json"}
    merged.close()


def test_an_adapter_of_a_model_of_another_name_needs_a_word(tmp_path: Path) -> None:
    write_folder(tmp_path / "other", BASES["mha"])
    adapter = LoraAdapter.open(write_adapter(tmp_path / "a", PLAIN))
    with pytest.raises(UsageError, match=r"somebody/mha.*'other'") as refused:
        Merged(open_source(tmp_path / "other"), adapter)
    assert "--any-base" in refused.value.hint
    assert Merged(open_source(tmp_path / "other"), adapter, any_base=True).tensors()


def test_a_name_is_the_same_however_it_is_written(tmp_path: Path) -> None:
    write_folder(tmp_path / "MHA-hf", BASES["mha"])
    adapter = LoraAdapter.open(write_adapter(tmp_path / "a", PLAIN))
    assert Merged(open_source(tmp_path / "MHA-hf"), adapter).tensors()


def test_an_adapter_of_other_shapes_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "mha", BASES["tied-f16"])
    with pytest.raises(ModelError, match=r"shape \(256, 256\)"):
        open_merged(tmp_path, PLAIN)


def test_layers_that_the_model_lacks_are_refused(tmp_path: Path) -> None:
    tensors = {name.replace(".1.", ".7."): w for name, w in adapter_tensors(PLAIN).items()}
    with pytest.raises(ModelError, match="does not have"):
        open_merged(tmp_path, PLAIN, tensors)


def test_a_pair_that_is_listed_and_lacking_is_refused(tmp_path: Path) -> None:
    tensors = {name: w for name, w in adapter_tensors(PLAIN).items() if "1.self_attn.v" not in name}
    with pytest.raises(ModelError, match=r"v_proj, which is not in"):
        open_merged(tmp_path, PLAIN, tensors)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_number_is_merged_that_is_none(tmp_path: Path, value: float) -> None:
    tensors = adapter_tensors(PLAIN)
    tensors[Q_B][200, 1] = value
    merged = {t.name: t for t in open_merged(tmp_path, PLAIN, tensors).tensors()}
    with pytest.raises(ModelError, match="no numbers"):
        merged["blk.0.attn_q.weight"].read(0, 256)


@pytest.mark.parametrize("whole", ["embed_tokens.weight", "lm_head.weight"])
def test_one_use_of_tied_embeddings_is_not_changed_alone(tmp_path: Path, whole: str) -> None:
    case = AdapterCase("tied", "tied-f16", whole=(whole,))
    shape = (300, 64)
    name = "model.embed_tokens.weight" if "embed" in whole else "lm_head.weight"
    tensors = adapter_tensors(case) | {f"base_model.model.{name}": np.ones(shape, np.float32)}
    with pytest.raises(ModelError, match="ties"):
        open_merged(tmp_path, case, tensors)


def test_both_uses_of_tied_embeddings_are_changed_alike(tmp_path: Path) -> None:
    case = AdapterCase("tied", "tied-f16")
    new = np.full((300, 64), 0.25, np.float32)
    names = ("model.embed_tokens.weight", "lm_head.weight")
    tensors = adapter_tensors(case) | {f"base_model.model.{name}": new for name in names}
    merged = {t.name: t for t in open_merged(tmp_path, case, tensors).tensors()}
    assert "output.weight" not in merged
    assert np.all(merged["token_embd.weight"].read(0, 300) == 0.25)


def test_an_f16_gguf_is_merged_into_as_the_folder_it_was_made_of(tmp_path: Path) -> None:
    case = next(case for case in ADAPTERS if case.base == "tied-f16")
    merged = open_merged(tmp_path, case)
    path = tmp_path / "tied-f16-f16.gguf"
    run(make_plan(open_source(tmp_path / case.base), Recipe((file_type("f16"),)), [path]))
    again = Merged(open_source(path), LoraAdapter.open(tmp_path / f"{case.name}-adapter"))
    found = {tensor.name: tensor for tensor in again.tensors()}
    for tensor in merged.tensors():
        rows, n_rows = found[tensor.name].read(0, tensor.n_rows), tensor.n_rows
        assert np.array_equal(floats(rows), floats(tensor.read(0, n_rows))), tensor.name
