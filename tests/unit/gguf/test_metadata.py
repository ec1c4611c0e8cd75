"""Metadata values survive the way to bytes and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.gguf.metadata import FIXED, Array, ValueType, array, boolean, f32, text, u32

INTEGERS = {
    ValueType.UINT8: (0, 255),
    ValueType.INT8: (-128, 127),
    ValueType.UINT16: (0, 65535),
    ValueType.INT16: (-32768, 32767),
    ValueType.UINT32: (0, 2**32 - 1),
    ValueType.INT32: (-(2**31), 2**31 - 1),
    ValueType.UINT64: (0, 2**64 - 1),
    ValueType.INT64: (-(2**63), 2**63 - 1),
}


def test_scalars_pack_as_gguf_lays_them_out() -> None:
    assert u32(258).packed() == b"\x02\x01\0\0"
    assert f32(1.0).packed() == b"\0\0\x80\x3f"
    assert boolean(True).packed() == b"\x01"
    assert text("é").packed() == b"\x02\0\0\0\0\0\0\0\xc3\xa9"


@pytest.mark.parametrize(("kind", "bounds"), INTEGERS.items())
def test_integer_arrays_keep_their_extremes(kind: ValueType, bounds: tuple[int, int]) -> None:
    packed = array(kind, bounds)
    assert (list(packed), packed.length) == (list(bounds), 2)
    assert len(packed.raw or b"") == 2 * FIXED[kind].size


@given(st.lists(st.binary(max_size=12)))
def test_string_arrays_keep_every_byte(raw: list[bytes]) -> None:
    words = [word.decode("utf-8", "surrogateescape") for word in raw]
    packed = array(ValueType.STRING, words)
    assert list(packed) == words
    assert [word.encode("utf-8", "surrogateescape") for word in map(str, packed)] == raw


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_float_arrays_keep_their_values(values: list[float]) -> None:
    assert list(array(ValueType.FLOAT32, values)) == values


def test_skipped_array_says_that_it_was_skipped() -> None:
    with pytest.raises(ValueError, match="arrays=True"):
        iter(Array(ValueType.STRING, 3, None))
