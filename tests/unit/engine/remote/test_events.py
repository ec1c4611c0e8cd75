"""Server-sent events, however the bytes come and whatever is in them."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.remote.events import LONGEST, Garbled, event_data, event_values

STREAM = 'data: {"a": "é 👍"}\n\n: ping\n\ndata: {"b":\ndata: 2}\r\n\r\ndata: [DONE]\n\n'.encode()


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_any_cut_of_the_bytes_gives_the_same_values(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(places)]
    assert list(event_values(pieces)) == [{"a": "é 👍"}, {"b": 2}]


def test_nothing_is_read_after_the_end() -> None:
    assert list(event_values([b"data: [DONE]\n\n", b"data: {\n\n"])) == []


def test_the_last_event_may_lack_its_end() -> None:
    assert list(event_data([b"data: 1\n\ndata: 2"])) == ["1", "2"]


def test_comments_and_other_fields_say_nothing() -> None:
    assert list(event_data([b": hello\nevent: x\nid: 3\nretry: 10\ndata:1\n\n"])) == ["1"]


@pytest.mark.parametrize("bad", [b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_garbled(bad: bytes) -> None:
    with pytest.raises(Garbled):
        list(event_values([b"data: ", bad, b"\n\n"]))


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    taken = 0

    def pieces() -> object:
        nonlocal taken
        while True:
            taken += 65536
            yield b"x" * 65536

    with pytest.raises(Garbled):
        list(event_data(pieces()))  # type: ignore[arg-type]
    assert taken <= LONGEST + 2 * 65536


def test_an_event_of_many_lines_is_bounded_too() -> None:
    line = b"data: " + b"x" * 1000 + b"\n"
    with pytest.raises(Garbled):
        list(event_data([line] * (LONGEST // 1000)))


def test_bytes_that_are_no_utf8_become_lone_surrogates() -> None:
    (value,) = event_values([b'data: {"text": "\xe2\x82"}\n\n'])
    assert value == {"text": "\udce2\udc82"}
    assert json.dumps(value)
