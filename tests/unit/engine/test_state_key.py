"""The name of all that a KV state depends on changes with each part of it, with nothing else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.engine.base import EngineInfo, Memory
from llamachat.engine.params import EngineOptions, LoraAdapter
from llamachat.engine.scripted import ScriptedEngine
from llamachat.engine.state_key import model_parts, state_key


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(bytes(range(256)) * 8192)
    return path


@pytest.fixture
def info() -> EngineInfo:
    return ScriptedEngine([]).info


def test_the_same_model_loaded_alike_has_the_same_key(model: Path, info: EngineInfo) -> None:
    options = EngineOptions(model)
    assert state_key(options, info) == state_key(EngineOptions(model), info) != ""
    other = replace(info, memory=Memory(model=7), load_seconds=3.0, threads=9)
    assert state_key(replace(options, threads=9), other) == state_key(options, info)


def test_each_thing_that_matters_changes_it(model: Path, tmp_path: Path, info: EngineInfo) -> None:
    adapter = tmp_path / "adapter.gguf"
    adapter.write_bytes(b"lora")
    options = EngineOptions(model)
    keys = {
        state_key(options, info),
        state_key(options, replace(info, n_ctx=512)),
        state_key(options, replace(info, cache_type_k="q8_0")),
        state_key(options, replace(info, cache_type_v="q8_0")),
        state_key(options, replace(info, rung="fast")),
        state_key(options, replace(info, system_info="another build")),
        state_key(replace(options, flash_attention="off"), info),
        state_key(replace(options, adapters=(LoraAdapter(adapter),)), info),
        state_key(replace(options, adapters=(LoraAdapter(adapter, 0.5),)), info),
    }
    assert len(keys) == 9


def test_another_file_in_the_place_of_the_model_changes_it(model: Path, info: EngineInfo) -> None:
    options = EngineOptions(model)
    before, facts = state_key(options, info), model.stat()
    data = bytearray(model.read_bytes())
    data[0] ^= 1
    model.write_bytes(data)
    os.utime(model, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    altered = state_key(options, info)
    os.utime(model, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert len({before, altered, state_key(options, info)}) == 3


def test_all_parts_of_a_split_model_count(tmp_path: Path) -> None:
    first = tmp_path / "m-00001-of-00003.gguf"
    assert [part.name[2:7] for part in model_parts(first)] == ["00001", "00002", "00003"]
    assert model_parts(tmp_path / "m.gguf") == [tmp_path / "m.gguf"]


def test_a_file_that_cannot_be_read_has_no_key(tmp_path: Path, info: EngineInfo) -> None:
    assert state_key(EngineOptions(tmp_path / "gone.gguf"), info) == ""
