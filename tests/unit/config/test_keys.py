"""The tables of keys agree with the engine's parameters, which they may not import."""

import types
from dataclasses import fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from llamachat.config.keys import APP_KEYS, ENGINE_KEYS, KEYS, SAMPLING_KEYS, Key, find_key
from llamachat.config.values import Config, Panel
from llamachat.engine.params import EngineOptions, SamplingParams
from llamachat.errors import UsageError

OWN_PLACE = {"model", "adapters"}
OF_ONE_QUESTION = {"grammar", "json_schema", "logit_bias"}


def kind(hint: Any) -> Any:
    """The plain type of an annotation."""
    if get_origin(hint) in (Union, types.UnionType):
        return kind(next(option for option in get_args(hint) if option is not type(None)))
    if get_origin(hint) is Literal:
        return type(get_args(hint)[0])
    return get_origin(hint) or hint


@pytest.mark.parametrize(
    ("keys", "params", "missing"),
    [(ENGINE_KEYS, EngineOptions, OWN_PLACE), (SAMPLING_KEYS, SamplingParams, OF_ONE_QUESTION)],
)
def test_keys_are_the_fields_of_the_parameters(
    keys: dict[str, Key], params: type, missing: set[str]
) -> None:
    hints = get_type_hints(params)
    expected = {field.name: kind(hints[field.name]) for field in fields(params)}
    assert {name: key.kind for name, key in keys.items()} == {
        name: found for name, found in expected.items() if name not in missing
    }


def test_keys_of_the_app_are_the_fields_of_the_settings() -> None:
    hints = get_type_hints(Config)
    others = {"keys", "engine", "sampling", "origins"}
    assert {name: key.kind for name, key in APP_KEYS.items()} == {
        name: kind(hint) for name, hint in hints.items() if name not in others
    }
    assert APP_KEYS["panel"].choices == get_args(Panel)


def test_names_without_their_table_are_unique() -> None:
    bare = [name.rpartition(".")[2] for name in KEYS]
    assert len(bare) == len(set(bare))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("sampling.temp", "sampling.temp"),
        ("temp", "sampling.temp"),
        ("n-ctx", "engine.n_ctx"),
        ("prompt-template", "prompt_template"),
        ("keys.chat.stop", "keys.chat.stop"),
    ],
)
def test_key_is_found_by_any_of_its_names(typed: str, name: str) -> None:
    assert find_key(typed)[0] == name


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("temperature_", "Did you mean sampling.temp?"),
        ("sampling.topk", "Did you mean sampling.top_k?"),
        ("engine.temp", "Did you mean sampling.temp?"),
        ("zzz", "All of them: llamachat config show"),
        ("keys.", "All of them: llamachat config show"),
    ],
)
def test_unknown_key_names_the_nearest(typed: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        find_key(typed)
    assert refused.value.hint == hint
