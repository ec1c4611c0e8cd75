"""What a model says of itself, shown: short, printable, and valid JSON whatever the file holds."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.cli.models import facts
from llamachat.cli.models.showing import as_json
from llamachat.errors import ModelError
from llamachat.gguf.layers import tensor_rows
from llamachat.gguf.metadata import Array, Value, ValueType, array
from llamachat.gguf.reader import read_header
from tests.examples import examples
from tests.unit.gguf import craft
from tests.unit.gguf.craft import ARRAY, F32, STRING, U32, entry, gguf, string


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Value(ValueType.STRING, "llama"), "'llama'"),
        (Value(ValueType.STRING, "a\x1b[2J\udcff"), r"'a\x1b[2J�'"),
        (Value(ValueType.FLOAT32, 1e-5), "1e-05"),
        (Value(ValueType.BOOL, True), "True"),
        (array(ValueType.INT32, [1, 2]), "[1, 2]"),
        (array(ValueType.INT32, []), "[]"),
        (array(ValueType.INT32, range(100)), "[100 × int32] 0, 1, 2, 3, 4, 5, …"),
        (Array(ValueType.STRING, 7, None), "[7 × string]"),
    ],
)
def test_values_are_one_short_printable_line(value: Value | Array, shown: str) -> None:
    assert facts.words(value) == shown


def test_long_values_are_cut() -> None:
    long = Value(ValueType.STRING, "x" * 10_000)
    many = array(ValueType.STRING, ["y" * 1000] * 64)
    assert len(facts.words(long)) == len(facts.words(many)) == facts.MOST_TEXT


def test_json_has_no_word_that_json_has_not(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    scale = entry(b"a", F32, pack("<f", float("nan")))
    scales = entry(b"b", ARRAY, pack("<IQ2f", F32, 2, float("inf"), 1.0))
    text = entry(b"c", STRING, string(b"\xff"))
    path.write_bytes(gguf([scale, scales, text], []))
    given_back = json.loads(json.dumps(as_json([read_header(path)], None), allow_nan=False))
    assert given_back["metadata"] == {"a": "nan", "b": ["inf", 1.0], "c": "\ufffd"}


def test_hostile_numbers_give_no_false_facts(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    names = (b"attention.head_count", b"attention.head_count_kv", b"embedding_length")
    heads = [entry(b"llama." + name, U32, pack("<I", 0xFFFFFFFF)) for name in names]
    minus = entry(b"llama.context_length", 5, pack("<i", -5))
    path.write_bytes(gguf([craft.ARCHITECTURE, *heads, minus], []))
    told = dict(facts.summary([read_header(path)]))
    assert told["context"] == ""
    assert told["weights"] == "none: a vocabulary only"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("facts") / "model.gguf"


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(st.integers(24, 400), st.integers(0, 255)), min_size=1, max_size=5))
def test_whatever_is_read_can_be_shown(path: Path, changes: list[tuple[int, int]]) -> None:
    content = bytearray(craft.small())
    for at, byte in changes:
        content[at % len(content)] = byte
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    with contextlib.suppress(ModelError):
        header = read_header(path)
        assert list(facts.summary([header]))
        assert all(facts.words(value).isprintable() for value in header.metadata.values())
        assert tensor_rows(header.tensors) or not header.tensors
        json.dumps(as_json([header], None), allow_nan=False).encode("utf-8")
