"""Figures look as they do in llama.cpp."""

import re
from dataclasses import replace

from llamachat.cli.timings import dialog_line, short_line, table
from llamachat.engine.base import Done, Timings, Usage
from llamachat.engine.scripted import ScriptedEngine
from llamachat.engine.server_timings import server_timings

DONE = Done("eos", Usage(prompt=30, cached=10, generated=11), Timings(2.0, 5.0, 2.0))


def test_short_line_is_llama_clis() -> None:
    assert short_line(DONE) == "[ Prompt: 10.0 t/s | Generation: 2.0 t/s ]"


def test_dialog_line_adds_tokens() -> None:
    assert dialog_line(DONE) == ("[ Prompt: 10.0 t/s | Generation: 2.0 t/s | 20 new + 10 cached ]")


def test_guesses_are_told_where_there_were_any() -> None:
    done = replace(DONE, usage=replace(DONE.usage, drafted=6, accepted=4))
    assert dialog_line(done).endswith(" | 20 new + 10 cached | 4 of 6 guesses right ]")
    told = server_timings(done)
    assert (told["draft_n"], told["draft_n_accepted"]) == (6, 4)


def test_server_timings_have_llama_servers_names() -> None:
    assert server_timings(DONE) == {
        "cache_n": 10, "prompt_n": 20, "prompt_ms": 2000.0, "prompt_per_second": 10.0,
        "predicted_n": 11, "predicted_ms": 5000.0, "predicted_per_second": 2.0,
    }  # fmt: skip


def test_table_has_llama_completions_lines() -> None:
    with ScriptedEngine([""]) as engine:
        lines = table(DONE, engine.info).splitlines()
    assert [re.sub(r"\s+=.*", "", line).strip() for line in lines] == [
        "load time", "prompt eval time", "eval time", "total time"
    ]  # fmt: skip
    assert "20 tokens (  100.00 ms per token,    10.00 tokens per second)" in lines[1]


def test_answer_of_nothing_divides_by_nothing() -> None:
    assert short_line(Done("cancelled")) == "[ Prompt: 0.0 t/s | Generation: 0.0 t/s ]"
    with ScriptedEngine([""]) as engine:
        assert table(Done("cancelled"), engine.info)
