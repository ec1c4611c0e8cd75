"""The start of a dialog says what was loaded, in llama.cpp's layout."""

import re
from dataclasses import replace

from llamachat.cli.plain.facts import key_hints, machine_fact, model_facts, sampling_facts
from llamachat.engine.base import EngineInfo, Memory
from llamachat.engine.params import GenerateParams, SamplingParams
from llamachat.engine.scripted import ScriptedEngine

MIB = 1 << 20


def info() -> EngineInfo:
    with ScriptedEngine([""]) as engine:
        return replace(engine.info, memory=Memory(3 * MIB, 2 * MIB, MIB, 9 * MIB), ftype="Q4_0")


def test_every_dimension_is_told() -> None:
    rows = {}
    for line in model_facts(info()):
        found = re.fullmatch(r"model: (.+?)\s+= (.*)", line)
        assert found
        rows[found[1]] = found[2]
    assert rows["ftype"] == "Q4_0"
    assert rows["model size"] == "3.00 MiB"
    assert rows["memory required"].startswith("6.00 MiB")
    assert rows["KV size"].startswith("2.00 MiB")
    assert {"n_vocab", "n_ctx", "n_embd", "n_head", "n_layer", "n_rot", "n_ff"} <= rows.keys()


def test_machine_is_told_in_one_line() -> None:
    line = machine_fact(info())
    assert line.startswith("system_info: n_threads = ")
    assert "rung = " in line
    assert "\n" not in line


def test_sampling_line_begins_with_the_classic_five() -> None:
    params = GenerateParams(128, ("User:", "\n##"), SamplingParams(temp=0.7, mirostat=2), n_keep=48)
    assert list(sampling_facts(info(), params)) == [
        "seed: random for each answer",
        "Reverse prompt: 'User:'",
        "Reverse prompt: '\\n##'",
        "sampling: temp = 0.700000, top_k = 40, top_p = 0.950000, repeat_last_n = 64, "
        "repeat_penalty = 1.000000, min_p = 0.050000, mirostat = 2",
        f"generate: n_ctx = {info().n_ctx}, n_batch = {info().n_batch}, n_predict = 128, "
        "n_keep = 48",
    ]


def test_seed_is_told_where_it_is_fixed() -> None:
    params = GenerateParams(sampling=SamplingParams(seed=7))
    assert next(iter(sampling_facts(info(), params))) == "seed: 7"


def test_hints_follow_the_line_endings() -> None:
    assert any("Press Return" in line for line in key_hints(multiline=False))
    assert not any("Press Return" in line for line in key_hints(multiline=True))
