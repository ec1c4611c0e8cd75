"""The machine builds plain values, refuses every other name and instruction, and ends."""

import pickle
import struct
import time
import tracemalloc
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.build.pickle_machine import MAX_PICKLE, Call, PickleError, PickleMachine
from tests.examples import examples
from tests.unit.build.torch_writer import PROTOCOL, STOP, name, number, word

ALLOWED: dict[str, Call | None] = {
    "collections.OrderedDict": lambda arguments: {},
    "torch.FloatStorage": None,
}


def run(body: bytes, whole: bytes | None = None) -> object:
    return PickleMachine(whole or PROTOCOL + body + STOP, ALLOWED, lambda identity: identity).run()


def refused(body: bytes, whole: bytes | None = None) -> str:
    with pytest.raises(PickleError) as caught:
        run(body, whole)
    return str(caught.value)


def test_plain_values_come_back() -> None:
    value = {
        "numbers": [0, 255, 256, 65_536, -1, 1 << 40, -(1 << 40), 1.5],
        "words": ("", "ä", "x" * 300),
        "truth": [True, False, None],
        "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "inside": {"a": {"b": []}},
        "alone": [7],
    }
    assert run(b"", pickle.dumps(value, protocol=2)) == value


def test_shared_values_stay_shared() -> None:
    inner: list[int] = []
    shared = run(b"", pickle.dumps([inner, inner], protocol=2))
    assert isinstance(shared, list)
    assert shared[0] is shared[1]


def test_an_ordered_dict_is_a_dict() -> None:
    value = OrderedDict(a=1, b=2)
    assert run(b"", pickle.dumps({"d": value}, protocol=2)) == {"d": {}} | {"d": dict(value)}


@pytest.mark.parametrize(
    "names",
    [("os", "system"), ("builtins", "eval"), ("torch", "load"), ("torch", "FloatStorage.dtype")],
)
def test_a_name_is_refused_and_told(names: tuple[str, str]) -> None:
    program = name(*names) + word("touch x") + b"\x85R"
    assert refused(program) == f"names '{'.'.join(names)}'"


class Gadget:
    """Pickles as a call of anything."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Gadget(print, ("ran",)), "names '__builtin__.print'"),
        (Gadget(getattr, ("", "format")), "names '__builtin__.getattr'"),
        (b"bytes", "names '_codecs.encode'"),
        ({1, 2}, "names '__builtin__.set'"),
        (Gadget(OrderedDict, (), None, iter([1])), "takes something else for a list"),
        (Gadget(OrderedDict, (), None, None, iter([((1, 2), 3)])), "other than texts"),
    ],
)
def test_objects_that_python_would_build_are_refused(value: object, words: str) -> None:
    assert words in refused(b"", pickle.dumps(value, protocol=2))


@pytest.mark.parametrize(
    ("code", "instruction"),
    [
        (b"\x93", "STACK_GLOBAL"), (b"\x81", "NEWOBJ"), (b"\x82\1", "EXT1"), (b"o", "OBJ"),
        (b"ios\nsystem\n", "INST"), (b"\x8b\0\0\0\x7f", "LONG4"), (b"I1\n", "INT"),
        (b"B\xff\xff\xff\xff", "BINBYTES"), (b"\x8d" + b"\xff" * 8, "BINUNICODE8"), (b"0", "POP"),
        (b"2", "DUP"), (b"\x8f", "EMPTY_SET"), (b"\xff", "0xff"), (b"\0", "0x00"),
    ],
)  # fmt: skip
def test_any_other_instruction_is_refused_by_name(code: bytes, instruction: str) -> None:
    assert refused(b"K\1K\1" + code) == f"uses the instruction {instruction}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"}" + b"(" + number(1) + number(2) + b"u", "other than texts"),
        (b"}(" + word("a") + b"u", "other than texts"),
        (b"](K\1K\2u", "takes something else for a dict"),
        (b"}K\1a", "takes something else for a list"),
        (b"NR", "takes more from its stack"),
        (b"K\1)R", "calls what cannot be called"),
        (name("torch", "FloatStorage") + b")R", "calls what cannot be called"),
        (name("collections", "OrderedDict") + b"]R", "calls what cannot be called"),
        (b"K\1}b", "takes something else for a dict"),
        (b"h\1", "recalls what it never stored"),
        (b"t", "looks for a mark"),
        (b"q\0", "takes more from its stack"),
        (b"X\xff\xff\xff\xffab", "ends in the middle"),
        (b"X\1\0\0\0\xff", "not UTF-8"),
        (b"c" + b"m" * 2000 + b"\n", "names something without end"),
        (b"", "takes more from its stack"),
    ],
)
def test_nonsense_is_refused(body: bytes, words: str) -> None:
    assert words in refused(body)


def test_other_protocols_and_programs_without_an_end_are_refused() -> None:
    assert "protocol 4" in refused(b"", pickle.dumps([1], protocol=4))
    assert "ends in the middle" in refused(b"", PROTOCOL + b"}")
    assert "instructions" in refused(b"N" * 1_100_000)
    assert "more than" in refused(b"N" * MAX_PICKLE)


def test_a_memo_far_away_takes_no_memory() -> None:
    far = b"r" + struct.pack("<I", 0xFFFFFFF0)
    tracemalloc.start()
    assert run(b"}" + far + b"j" + struct.pack("<I", 0xFFFFFFF0)) == {}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_a_pyramid_of_tuples_is_as_quick_as_it_is_short() -> None:
    """Each holds the one below twice: hashing the top one would take 2**200 steps."""
    pyramid = b")q\0" + b"h\0h\0\x86q\0" * 200
    began = time.monotonic()
    assert "other than texts" in refused(pyramid + b"}h\0K\1s")
    assert time.monotonic() - began < 1


def test_an_instruction_takes_little_memory() -> None:
    tracemalloc.start()
    run(b"}" * 100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150 * 100_000


@settings(max_examples=examples(300))
@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_value_or_an_error(body: bytes) -> None:
    try:
        run(body)
    except PickleError as error:
        assert str(error)
