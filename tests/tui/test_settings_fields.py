"""What may be typed into each row of the settings, and what is said to the rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from llamachat.bundled import BOB
from llamachat.config.keys import APP_KEYS, ENGINE_KEYS, KEYS, Key
from llamachat.config.reading import load_config
from llamachat.config.values import Config
from llamachat.config.writing import write_values
from llamachat.engine.params import RANDOM_SEED, EngineOptions, SamplingParams
from llamachat.tui.screens.settings_fields import (
    Settings,
    changed,
    conflict,
    file_values,
    text_of,
    waiting,
)
from llamachat.tui.screens.settings_groups import FIELDS, GROUPS, made

BEFORE = Settings(EngineOptions(BOB), SamplingParams(), -1, "textual-dark", "full", "bob")


def test_every_row_is_a_key_of_the_settings_file() -> None:
    assert FIELDS.keys() <= KEYS.keys()
    assert len(FIELDS) == sum(len(group.fields) for group in GROUPS)


def test_every_key_of_the_app_and_of_the_engine_has_a_row() -> None:
    assert APP_KEYS.keys() <= FIELDS.keys()
    assert {f"engine.{name}" for name in ENGINE_KEYS} <= FIELDS.keys()


def test_a_row_is_made_of_what_the_table_says_of_a_key() -> None:
    keys = {
        "line_endings": Key(bool, "how it ends", default="as it likes"),
        "theme": Key(str, "all colours", default="ours"),
        "load_mode": Key(str, "how it is read"),
    }
    ends, theme = made("", keys, Config, ("line_endings", "theme"))
    assert (ends.label, ends.explanation) == ("line endings", "how it ends; auto = as it likes")
    assert ends.choices == ("auto", "on", "off")
    assert (theme.choices, theme.explanation) == ((), "all colours; empty = ours")
    (mode,) = made("engine.", keys, EngineOptions, ("load_mode",))
    assert (mode.key, mode.choices[:2]) == ("engine.load_mode", ("auto", "none"))


@pytest.mark.parametrize("key", FIELDS)
def test_what_a_row_shows_may_be_typed_and_changes_nothing(key: str) -> None:
    assert changed(BEFORE, FIELDS[key], text_of(BEFORE, FIELDS[key])) == BEFORE


@pytest.mark.parametrize(
    ("key", "typed", "expected"),
    [
        ("engine.n_ctx", " 512 ", replace(BEFORE, options=EngineOptions(BOB, n_ctx=512))),
        ("engine.threads", "3", replace(BEFORE, options=EngineOptions(BOB, threads=3))),
        ("engine.threads", "-1", BEFORE),
        ("engine.cache_type_k", "q8_0",
         replace(BEFORE, options=EngineOptions(BOB, cache_type_k="q8_0"))),
        ("sampling.temp", ".25", replace(BEFORE, sampling=SamplingParams(temp=0.25))),
        ("sampling.seed", "7", replace(BEFORE, sampling=SamplingParams(seed=7))),
        ("sampling.seed", "-1", replace(BEFORE, sampling=SamplingParams(seed=RANDOM_SEED))),
        ("n_predict", "-2", replace(BEFORE, n_predict=-2)),
        ("theme", "nord", replace(BEFORE, theme="nord")),
        ("prompt_template", "coder", replace(BEFORE, prompt_template="coder")),
    ],
)  # fmt: skip
def test_typed_text_becomes_a_value(key: str, typed: str, expected: Settings) -> None:
    assert changed(BEFORE, FIELDS[key], typed) == expected


@pytest.mark.parametrize(
    ("key", "typed", "told"),
    [
        ("sampling.temp", "", "Takes a number."),
        ("sampling.temp", "nan", "Takes a number."),
        ("sampling.top_k", "1.5", "Takes a whole number."),
        ("sampling.repeat_penalty", "0",
         "The repeat penalty must be above 0, not 0. 1.0 turns it off."),
        ("sampling.seed", "x", "Takes a whole number, or random."),
        ("engine.n_ctx", "-5", "The context must be between 0 and 2147483647, not -5."),
        ("engine.threads", "9999", "The number of threads must be between 1 and 512, not 9999."),
        ("n_predict", "-3", "Takes a whole number of at least -2, or no limit."),
        ("model", "/no/such.gguf", "There is no such file."),
        ("model", "/", "This is a folder."),
        ("model", "~nobody-here/x", "There is no such file."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence(key: str, typed: str, told: str) -> None:
    with pytest.raises(ValueError) as refused:
        changed(BEFORE, FIELDS[key], typed)
    assert str(refused.value) == told


def test_model_is_taken_with_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.gguf").touch()
    monkeypatch.chdir(tmp_path)
    after = changed(BEFORE, FIELDS["model"], "x.gguf")
    assert after.options.model == tmp_path / "x.gguf"
    assert text_of(after, FIELDS["model"]) == str(tmp_path / "x.gguf")
    assert changed(after, FIELDS["model"], "") == BEFORE


@pytest.mark.parametrize(
    ("cache", "attention", "told"),
    [("q8_0", "off", "A V cache of q8_0 needs auto or on."), ("q8_0", "auto", ""),
     ("f16", "off", ""), ("bf16", "off", "")],
)  # fmt: skip
def test_v_cache_and_flash_attention_go_together(cache: str, attention: str, told: str) -> None:
    options = EngineOptions(BOB, cache_type_v=cache)
    options = replace(options, flash_attention=attention)  # type: ignore[arg-type]
    found = conflict(replace(BEFORE, options=options))
    assert (found[1] if found else "") == told


def test_what_waits_for_the_next_start_is_told_from_what_acts_at_once() -> None:
    after = changed(BEFORE, FIELDS["draft_prefill"], "off")
    assert waiting(BEFORE, after) == []
    after = changed(after, FIELDS["kv_cache_mb"], "500")
    assert waiting(BEFORE, after) == ["kv_cache_mb"]
    assert file_values(BEFORE, after) == {"draft_prefill": False, "kv_cache_mb": 500}
    assert changed(after, FIELDS["kv_cache_mb"], "auto").config.kv_cache_mb is None


def test_only_what_was_changed_is_written_and_read_back() -> None:
    options = EngineOptions(Path("/m.gguf"), n_ctx=512, threads=2)
    after = replace(BEFORE, options=options, sampling=SamplingParams(seed=7), n_predict=9)
    write_values(file_values(BEFORE, after))
    config = load_config({})
    assert config == Config(
        model="/m.gguf", n_predict=9, engine={"n_ctx": 512, "threads": 2}, sampling={"seed": 7}
    )
    write_values(file_values(after, BEFORE))
    assert load_config({}) == Config(n_predict=-1, engine={"n_ctx": 0}, sampling={"seed": -1})
