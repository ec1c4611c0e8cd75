"""Requests that cannot be meant are refused by name, before an engine sees them."""

import pytest

from llamachat.engine import wire
from llamachat.errors import UsageError


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[1, 2]",
        b'"text"',
        b"3",
        b"null",
        b'{"op": "generate"',
        b'{"op": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda line: repr(line[:20]),
)
def test_a_line_that_is_no_json_object_is_refused(line: bytes) -> None:
    with pytest.raises(UsageError):
        wire.from_line(line)


@pytest.mark.parametrize(
    "prompt",
    [
        None,
        7,
        {"text": "hello"},
        ["hello"],
        [["content", "hello"]],
        [["content", "hello", 1, 2]],
        [["user", "hello", 1]],
        [["content", 7, 1]],
        [["content", None, 1]],
        [["content", "hello", "1"]],
        [["content", "hello", 1.5]],
        [["content", "hello", -1]],
    ],
    ids=repr,
)
def test_a_prompt_of_another_form_is_refused(prompt: object) -> None:
    with pytest.raises(UsageError, match="kind, text, turn"):
        wire.decode_prompt(prompt)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"n_predct": 8}, "n_predct"),
        ({"n_predict": "8"}, "n_predict"),
        ({"n_predict": 8.0}, "n_predict"),
        ({"n_predict": True}, "n_predict"),
        ({"n_predict": None}, "n_predict"),
        ({"stop": "User:"}, "stop"),
        ({"stop": [7]}, "stop"),
        ({"context_shift": 1}, "context_shift"),
        ({"sampling": {"temperature": 1}}, "temperature"),
        ({"sampling": {"temp": "hot"}}, "temp"),
        ({"sampling": {"logit_bias": [5]}}, "logit_bias"),
        ({"sampling": {"logit_bias": [[5]]}}, "logit_bias"),
        ({"sampling": {"logit_bias": [["5", 1.0]]}}, "logit_bias"),
        ({"sampling": {"samplers": ["top_q"]}}, "top_q"),
        ({"sampling": 7}, "object"),
        ([], "object"),
        ("n_predict", "object"),
    ],
    ids=repr,
)
def test_a_parameter_that_cannot_be_meant_is_named(params: object, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        wire.decode_params(params)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "missing"),
        ({"model": 7}, "model"),
        ({"model": "m.gguf", "n_context": 8}, "n_context"),
        ({"model": "m.gguf", "threads": "2"}, "threads"),
        ({"model": "m.gguf", "load_mode": "fast"}, "load_mode"),
        ({"model": "m.gguf", "adapters": ["a.gguf"]}, "object"),
        ({"model": "m.gguf", "adapters": [{"scale": 1.0}]}, "missing"),
    ],
    ids=repr,
)
def test_an_option_that_cannot_be_meant_is_named(options: object, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        wire.decode_options(options)


def test_whole_numbers_do_for_floats_and_none_for_what_may_be_missing() -> None:
    assert wire.decode_params({"sampling": {"temp": 1}}).sampling.temp == 1.0
    assert wire.decode_options({"model": "m.gguf", "threads": None}).threads is None
