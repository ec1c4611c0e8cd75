"""One request at a time: streams refuse others, short ones make them wait, drafts give way."""

import threading

import pytest

from llamachat.engine.claims import Claims
from llamachat.errors import EngineError


class Asked:
    """Claims, and the drafts that were told to give way."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.closed = False
        self.claims = Claims(self._give_way, lambda: self.closed)

    def _give_way(self, number: int) -> None:
        self.told.append(number)
        threading.Timer(0.01, self.claims.release, [number]).start()


def test_an_answer_that_streams_refuses_everybody() -> None:
    asked = Asked()
    number = asked.claims.claim("stream")
    for kind in ("stream", "short", "draft"):
        with pytest.raises(EngineError, match="still answering"):
            asked.claims.claim(kind)
    asked.claims.release(number + 1)
    assert asked.claims.current == number
    asked.claims.release(number)
    assert asked.claims.claim("short") != number


def test_a_draft_gives_way_to_whoever_comes() -> None:
    asked = Asked()
    first = asked.claims.claim("draft")
    second = asked.claims.claim("draft")
    assert asked.claims.claim("stream") > second > first
    assert asked.told == [first, second]


def test_a_short_request_is_waited_for() -> None:
    asked = Asked()
    number = asked.claims.claim("short")
    threading.Timer(0.01, asked.claims.release, [number]).start()
    assert asked.claims.claim("stream") > number
    assert asked.told == []


def test_whoever_waits_hears_that_the_engine_is_closed() -> None:
    asked = Asked()
    number = asked.claims.claim("short")

    def close() -> None:
        asked.closed = True
        asked.claims.release(number)

    threading.Timer(0.01, close).start()
    with pytest.raises(EngineError, match="closed"):
        asked.claims.claim("stream")


def test_a_trial_gives_way_to_whoever_comes_and_disturbs_nobody() -> None:
    asked = Asked()
    for kind in ("draft", "short", "stream"):
        first = asked.claims.claim("trial")
        second = asked.claims.claim(kind)
        assert asked.told[-1] == first < second
        with pytest.raises(EngineError):
            asked.claims.claim("trial")
        assert asked.claims.current == second
        asked.claims.release(second)
    assert len(asked.told) == 3
