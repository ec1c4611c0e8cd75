"""Whatever is sampled, the answer is what the grammar or the schema allows."""

import json
import re
from typing import Any

import pytest

from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.params import SamplingParams
from llamachat.engine.prompt import raw_prompt
from llamachat.errors import UsageError
from tests.engine.answers import ask, done_of, run, text_of
from tests.engine.conftest import OpenModel

HOT: dict[str, Any] = {"temp": 9.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
NO_UTF8 = tuple((token, float("-inf")) for token in range(3 + 0x80, 3 + 0x100))
"""Byte tokens that are no character by themselves: llama.cpp's grammars take any byte for the
second one of a character, and then the answer is no UTF-8."""

SEEDS = range(8)


@pytest.fixture
def engine(open_model: OpenModel) -> LlamaEngine:
    return open_model(n_ctx=2048)


def spoken(engine: LlamaEngine, seed: int, **sampling: Any) -> str:
    """An answer that ended by itself, as a grammar lets it."""
    bias = sampling.pop("logit_bias", ()) + NO_UTF8
    values = SamplingParams(seed=seed, **{**HOT, **sampling}, logit_bias=bias)
    events = run(engine, raw_prompt("Answer:"), 1500, sampling=values)
    assert done_of(events).reason == "eos"
    return text_of(events)


@pytest.mark.parametrize(
    ("grammar", "pattern"),
    [
        ('root ::= "yes" | "no"', "yes|no"),
        ("root ::= [0-9]{3,8}", "[0-9]{3,8}"),
        ('root ::= ("a" | "b")? "c"{2}', "[ab]?cc"),
        ('root ::= "ä😀" [a-f] "\\n"', "ä😀[a-f]\n"),
        ('root ::= word " " word\nword ::= [a-z]{1,4} # two', "[a-z]{1,4} [a-z]{1,4}"),
    ],
)
def test_an_answer_matches_its_grammar(engine: LlamaEngine, grammar: str, pattern: str) -> None:
    answers = {spoken(engine, seed, grammar=grammar) for seed in SEEDS}
    assert all(re.fullmatch(pattern, answer) for answer in answers), answers
    assert len(answers) > 1


@pytest.mark.parametrize("temp", [0.0, 0.8])
@pytest.mark.parametrize("mirostat", [0, 1, 2])
def test_it_holds_with_every_kind_of_chain(engine: LlamaEngine, temp: float, mirostat: int) -> None:
    answer = spoken(engine, 1, grammar="root ::= [0-9]{5}", temp=temp, mirostat=mirostat)
    assert re.fullmatch("[0-9]{5}", answer)


SCHEMAS: dict[str, Any] = {
    "flat": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 2, "maxLength": 6},
            "age": {"type": "integer"},
            "tall": {"type": "boolean"},
        },
        "required": ["name", "age", "tall"],
        "additionalProperties": False,
    },
    "list": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 4},
    "choice": {"enum": ["red", "green", 3, None, True]},
    "union": {"anyOf": [{"type": "null"}, {"const": {"a": [1]}}]},
    "bounds": {
        "type": "array",
        "items": {"type": "integer", "minimum": -3, "exclusiveMaximum": 12},
    },
    "at least": {"type": "integer", "minimum": 18},
    "pattern": {"type": "string", "pattern": "^[a-f]{2}-[0-9]+$", "maxLength": 9},
    "nested": {
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/point"}},
        "required": ["at"],
        "additionalProperties": False,
        "$defs": {
            "point": {
                "type": "array",
                "prefixItems": [{"type": "boolean"}, {"enum": ["x", "y"]}],
                "minItems": 2,
            }
        },
    },
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_answer_fits_its_schema(engine: LlamaEngine, name: str) -> None:
    for seed in SEEDS:
        answer = spoken(engine, seed, json_schema=json.dumps(SCHEMAS[name]))
        check(name, json.loads(answer))


def check(name: str, value: object) -> None:
    match name, value:
        case "flat", {"name": str(text), "age": int(), "tall": bool(), **rest}:
            assert 2 <= len(text) <= 6
            assert not rest
        case "list", [*items]:
            assert 1 <= len(items) <= 4
            assert all(isinstance(item, bool) for item in items)
        case "choice", _:
            assert value in ("red", "green", 3, None, True)
        case "union", _:
            assert value in (None, {"a": [1]})
        case "bounds", [*numbers]:
            assert all(isinstance(number, int) and -3 <= number < 12 for number in numbers)
        case "at least", int(number):
            assert number >= 18
        case "pattern", str(text):
            assert re.fullmatch("[a-f]{2}-[0-9]+", text)
        case "nested", {"at": [bool(), "x" | "y"]}:
            pass
        case _:
            raise AssertionError(f"{value!r} does not fit {name}")


@pytest.mark.parametrize(
    "grammar",
    [
        "root ::= undefined",
        'root = "x"',
        'other ::= "x"',
        'root ::= "unclosed',
        "root ::= [a-",
        "root ::= (((",
        "root ::= root | root",
        'root ::= "x"{5,2',
        "\0",
        'root ::= "x"\0',
        "# nothing",
        "\udcff",
    ],
)
def test_a_bad_grammar_is_refused_and_the_engine_goes_on(engine: LlamaEngine, grammar: str) -> None:
    before = ask(engine, "Hello", 8)
    with pytest.raises(UsageError, match="grammar"):
        ask(engine, "Hello", grammar=grammar)
    assert ask(engine, "Hello", 8) == before


@pytest.mark.parametrize(
    "schema",
    [
        "nonsense",
        "7",
        "[]",
        '"object"',
        '{"type": "nothing"}',
        '{"type": 7}',
        '{"properties": []}',
        '{"$ref": "#/nowhere"}',
        '{"$ref": 7}',
        '{"$ref": "https://example.com/schema.json"}',
        '{"type": "string", "pattern": "no anchors"}',
        '{"type": "string", "pattern": "^[$"}',
        '{"type": "string", "pattern": "^a]$"}',
        '{"type": "array", "items": 7}',
        '{"type": "array", "minItems": "many", "items": {"type": "null"}}',
        '{"enum": 7}',
        '{"type": "integer", "minimum": 5, "maximum": 1}',
        '{"type": "integer", "minimum": "five"}',
        '{"type": "integer", "maximum": 1e999}',
        "[" * 5000,
        '{"a":' * 5000,
    ],
    ids=lambda schema: schema[:30],
)
def test_a_bad_schema_is_refused_and_the_engine_goes_on(engine: LlamaEngine, schema: str) -> None:
    before = ask(engine, "Hello", 8)
    with pytest.raises(UsageError, match="schema"):
        ask(engine, "Hello", json_schema=schema)
    assert ask(engine, "Hello", 8) == before


def test_a_grammar_that_is_complete_ends_the_answer_where_the_end_of_text_may_not(
    engine: LlamaEngine,
) -> None:
    """llama.cpp aborts the process when it is made to go on."""
    assert spoken(engine, 1, grammar='root ::= "yes"', ignore_eos=True) == "yes"
    assert spoken(engine, 1, grammar='root ::= "yes"', ignore_eos=True, temp=0) == "yes"
    for mirostat in (1, 2):
        values: dict[str, Any] = {"ignore_eos": True, "mirostat": mirostat}
        assert spoken(engine, 1, grammar='root ::= "yes"', **values) == "yes"


def test_a_grammar_whose_only_way_is_banned_ends_the_answer(engine: LlamaEngine) -> None:
    vocab = engine.vocab
    with_e = [token for token in range(vocab.size) if b"e" in vocab.piece(token)]
    banned = tuple((token, float("-inf")) for token in with_e)
    answer = spoken(engine, 1, grammar='root ::= "yes"', logit_bias=banned)
    assert answer == "y"


def test_the_grammar_starts_over_with_each_answer(engine: LlamaEngine) -> None:
    values = SamplingParams(seed=3, grammar='root ::= "one " [a-z]+')
    first, second = (text_of(run(engine, n=9, sampling=values)) for _ in range(2))
    assert first == second
    assert first.startswith("one ")
