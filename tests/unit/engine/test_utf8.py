"""Utf8Decoder on any bytes, cut anywhere."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.utf8 import Utf8Decoder

EDGES = (
    0x41,
    0x80,
    0xBF,
    0xC0,
    0xC3,
    0xE0,
    0xA0,
    0xED,
    0x9F,
    0xE2,
    0x82,
    0xAC,
    0xF0,
    0x90,
    0xF4,
    0xFF,
)
"""bytes at which UTF-8 changes its rules, so that short lists collide with them"""

any_bytes = st.binary(max_size=24) | st.lists(st.sampled_from(EDGES), max_size=16).map(bytes)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(any_bytes, st.lists(st.integers(0, 99), max_size=8))
def test_any_split_of_any_bytes_gives_the_same_text_and_every_byte_back(
    data: bytes, places: list[int]
) -> None:
    decoder = Utf8Decoder()
    text = "".join(decoder.push(part) for part in cut(data, places)) + decoder.finish()
    assert text == data.decode("utf-8", "surrogateescape")
    assert text.encode("utf-8", "surrogateescape") == data


@given(st.text(max_size=12))
def test_characters_appear_with_their_last_byte(text: str) -> None:
    decoder = Utf8Decoder()
    for character in text:
        *first, last = character.encode()
        assert [decoder.push(bytes([byte])) for byte in first] == [""] * len(first)
        assert decoder.push(bytes([last])) == character
        assert decoder.pending == 0


@given(any_bytes)
def test_at_most_three_bytes_wait(data: bytes) -> None:
    decoder = Utf8Decoder()
    shown = ""
    for count, byte in enumerate(data, start=1):
        shown += decoder.push(bytes([byte]))
        sent = len(shown.encode("utf-8", "surrogateescape"))
        assert decoder.pending == count - sent <= 3


def test_half_a_character_at_the_end_becomes_surrogates_and_leaves_nothing_behind() -> None:
    decoder = Utf8Decoder()
    assert decoder.push("€".encode()[:2]) == ""
    assert decoder.finish() == "\udce2\udc82"
    assert decoder.push(b"ok") == "ok"
