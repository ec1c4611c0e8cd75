"""GGUF adapters, against those of convert_lora_to_gguf.py."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamachat.build.lora import LoraAdapter
from llamachat.build.source import Source, open_source
from llamachat.errors import ModelError, UsageError
from llamachat.gguf.reader import read_header
from tests.unit.build.adapters import ADAPTERS, AdapterCase, adapter_tensors, write_adapter
from tests.unit.build.gguf_adapters import write_gguf_adapter
from tests.unit.build.hf_folders import Tensors, weights_of, write_folder

RECORD: dict[str, Any] = json.loads((Path(__file__).parent / "recorded/lora.json").read_text())
BY_NAME = {case.name: case for case in ADAPTERS}
PLAIN = BY_NAME["plain"]


def opened(
    folder: Path, case: AdapterCase, tensors: Tensors | None = None
) -> tuple[LoraAdapter, Source]:
    write_folder(folder / case.base, case.model)
    adapter = LoraAdapter.open(write_adapter(folder / "adapter", case, tensors))
    return adapter, open_source(folder / case.base)


def tensors_of(path: Path) -> list[list[Any]]:
    header, data = read_header(path), path.read_bytes()
    return [
        [
            info.name,
            list(info.shape),
            info.type.name,
            hashlib.sha256(data[header.data_offset + info.offset :][: info.n_bytes]).hexdigest(),
        ]
        for info in header.tensors
    ]


@pytest.mark.parametrize("kind", ["f32", "f16"])
@pytest.mark.parametrize("name", [case.name for case in ADAPTERS if case.runs])
def test_its_tensors_are_those_of_the_converter(tmp_path: Path, name: str, kind: str) -> None:
    adapter, base = opened(tmp_path, BY_NAME[name])
    path = tmp_path / "adapter.gguf"
    assert write_gguf_adapter(path, adapter, base, type=kind) == path.stat().st_size
    assert sorted(tensors_of(path)) == sorted(RECORD[name]["gguf"][kind])


def test_it_says_what_llama_cpp_asks(tmp_path: Path) -> None:
    write_gguf_adapter(tmp_path / "a.gguf", *opened(tmp_path, PLAIN))
    entries = read_header(tmp_path / "a.gguf").metadata
    values = {key: getattr(entry, "data", None) for key, entry in entries.items()}
    assert values["general.architecture"] == "llama"
    assert (values["general.type"], values["adapter.type"]) == ("adapter", "lora")
    assert values["adapter.lora.alpha"] == 8.0


def test_a_scale_that_alpha_does_not_say_goes_into_b(tmp_path: Path) -> None:
    adapter, base = opened(tmp_path, BY_NAME["rslora"])
    path = tmp_path / "a.gguf"
    write_gguf_adapter(path, adapter, base)
    header, data = read_header(path), path.read_bytes()
    (info,) = [tensor for tensor in header.tensors if tensor.name == "blk.0.attn_v.weight.lora_b"]
    written = np.frombuffer(data, "<f4", info.n_bytes // 4, header.data_offset + info.offset)
    stored = adapter.pairs["model.layers.0.self_attn.v_proj.weight"].left.weights
    np.testing.assert_allclose(written, 2 * stored.reshape(-1), rtol=1e-6)


@pytest.mark.parametrize("name", ["whole", "biases"])
def test_whole_tensors_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot hold") as refused:
        write_gguf_adapter(tmp_path / "a.gguf", *opened(tmp_path, BY_NAME[name]))
    assert "--adapter" in refused.value.hint
    assert not (tmp_path / "a.gguf").exists()


@pytest.mark.parametrize("same", [True, False])
def test_embeddings_saved_beside_their_lora_may_be_those_of_the_model(
    tmp_path: Path, same: bool
) -> None:
    case, name = BY_NAME["embeddings"], "model.embed_tokens.weight"
    embeddings = weights_of(case.model)[name] + np.float32(0 if same else 1)
    key = "base_model.model.model.embed_tokens.base_layer.weight"
    adapter, base = opened(tmp_path, case, adapter_tensors(case) | {key: embeddings})
    if same:
        assert write_gguf_adapter(tmp_path / "a.gguf", adapter, base)
        return
    with pytest.raises(ModelError, match="cannot hold"):
        write_gguf_adapter(tmp_path / "a.gguf", adapter, base)


def test_weights_that_f16_cannot_hold_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    tensors = adapter_tensors(PLAIN)
    next(iter(tensors.values()))[0, 0] = 1e6
    adapter, base = opened(tmp_path, PLAIN, tensors)
    with pytest.raises(ModelError, match="too large for f16"):
        write_gguf_adapter(tmp_path / "a.gguf", adapter, base, type="f16")
    assert not list(tmp_path.glob("*a.gguf*"))


def test_other_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="q8_0"):
        write_gguf_adapter(tmp_path / "a.gguf", *opened(tmp_path, PLAIN), type="q8_0")
