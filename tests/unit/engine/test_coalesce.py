"""Pieces of a fast model travel together; nothing is lost, reordered or held for long."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.base import Chunk, Done, Event, Prefilled, Trimmed
from llamachat.engine.coalesce import coalesce


class Script:
    """Events at given moments, and the clock that tells them."""

    def __init__(self, *steps: tuple[float, Event]) -> None:
        self._steps = steps
        self.now = 0.0

    def play(self) -> Iterator[Event]:
        for at, event in self._steps:
            self.now = at
            yield event


def joined(*steps: tuple[float, Event]) -> list[Event]:
    script = Script(*steps)
    return list(coalesce(script.play(), period=0.02, apart=0.01, clock=lambda: script.now))


def test_the_first_piece_goes_at_once() -> None:
    script = Script((0.0, Prefilled(1, 1, 0)), (0.0, Chunk("a", 1)), (0.0, Chunk("b", 1)))
    events = coalesce(script.play())
    assert [next(events), next(events)] == [Prefilled(1, 1, 0), Chunk("a", 1)]


@pytest.mark.parametrize("pause", [0.011, 0.1])
def test_pieces_of_a_slow_model_stay_as_they_are(pause: float) -> None:
    steps = [(pause * i, Chunk(str(i), 1)) for i in range(1, 9)]
    assert joined(*steps) == [event for _, event in steps]


def test_pieces_within_the_period_travel_together() -> None:
    steps = [(0.001 * i, Chunk(chr(97 + i), 1)) for i in range(26)]
    assert joined(*steps) == [
        Chunk("a", 1),
        Chunk("bcdefghijklmnopqrstu", 20),
        Chunk("vwxyz", 5),
    ]


def test_a_pause_sends_what_is_held_with_the_next_piece() -> None:
    steps = ((0.0, Chunk("a", 1)), (0.001, Chunk("b", 1)), (0.015, Chunk("c", 1)))
    assert joined(*steps) == [Chunk("a", 1), Chunk("bc", 2)]


def test_other_events_send_what_is_held_ahead_of_themselves() -> None:
    trimmed, done = Trimmed((1,), 9), Done("eos")
    steps = ((0.0, Chunk("a", 1)), (0.001, Chunk("b", 1)), (0.002, trimmed), (0.003, done))
    assert joined(*steps) == [Chunk("a", 1), Chunk("b", 1), trimmed, done]


@given(st.lists(st.tuples(st.floats(0, 0.05), st.text(max_size=3), st.integers(1, 3))))
def test_no_text_and_no_token_is_lost(pieces: list[tuple[float, str, int]]) -> None:
    at, steps = 0.0, list[tuple[float, Event]]()
    for pause, text, tokens in pieces:
        at += pause
        steps.append((at, Chunk(text, tokens)))
    chunks = [event for event in joined(*steps) if isinstance(event, Chunk)]
    assert "".join(chunk.text for chunk in chunks) == "".join(text for _, text, _ in pieces)
    assert sum(chunk.n_tokens for chunk in chunks) == sum(tokens for _, _, tokens in pieces)
