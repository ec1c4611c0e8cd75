"""ReversePrompts against a naive reading of the whole text, for any split of any text."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.engine.stop import ReversePrompts
from llamachat.errors import UsageError

LETTERS = "ab é\n"
texts = st.text(alphabet=LETTERS, max_size=30)
stop_lists = st.lists(st.text(alphabet=LETTERS, min_size=1, max_size=5), max_size=4)


def read(stops: list[str], chunks: list[str]) -> tuple[str, str]:
    """What is shown of the chunks, and the stop string that matched."""
    matcher = ReversePrompts(stops)
    shown = "".join(matcher.push(chunk) for chunk in chunks) + matcher.finish()
    return shown, matcher.matched


def naive(stops: list[str], text: str) -> tuple[str, str]:
    """The same, looking at every beginning of the whole text in turn."""
    for end in range(1, len(text) + 1):
        found = [stop for stop in stops if text[:end].endswith(covered(stop))]
        if found:
            longest = max(found, key=lambda stop: len(covered(stop)))
            return text[: end - len(covered(longest))], longest
    return text, ""


def covered(stop: str) -> str:
    return stop.rstrip(" \t") or stop


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@given(stop_lists, texts, st.lists(st.integers(0, 99), max_size=8))
def test_any_split_of_any_text_reads_as_the_naive_reading_of_the_whole(
    stops: list[str], text: str, places: list[int]
) -> None:
    assert read(stops, cut(text, places)) == naive(stops, text)
    assert read(stops, list(text)) == naive(stops, text)


@given(stop_lists, texts)
def test_no_stop_string_is_ever_shown(stops: list[str], text: str) -> None:
    shown, _ = read(stops, list(text))
    assert not any(covered(stop) in shown for stop in stops)


@given(stop_lists, texts)
def test_what_is_held_back_could_still_become_a_stop_string(stops: list[str], text: str) -> None:
    matcher = ReversePrompts(stops)
    shown = ""
    for end, character in enumerate(text, start=1):
        shown += matcher.push(character)
        if matcher.matched:
            return
        held = text[len(shown) : end]
        beginnings = {covered(stop)[:n] for stop in stops for n in range(len(stop) + 1)} | {""}
        longer = [text[start:end] for start in range(len(shown))]
        assert held in beginnings
        assert not beginnings.intersection(longer)


@given(stop_lists, texts)
def test_text_without_a_match_comes_out_whole(stops: list[str], text: str) -> None:
    shown, matched = read(stops, list(text))
    assert matched or shown == text


def test_stop_string_split_over_tokens_is_not_shown() -> None:
    assert read(["User:"], [" Hi", ".\n", "Us", "er", ": more"]) == (" Hi.\n", "User:")


def test_space_at_the_end_of_a_stop_string_does_not_matter() -> None:
    assert read(["User: "], ["Hi.\nUser:Bye"]) == ("Hi.\n", "User: ")


def test_line_break_at_the_end_of_a_stop_string_does_matter() -> None:
    assert read(["}\n"], ["a}b}\nc"]) == ("a}b", "}\n")


def test_stop_string_of_white_space_alone_is_matched_as_it_is() -> None:
    assert read(["\n\n"], ["one\ntwo\n", "\nthree"]) == ("one\ntwo", "\n\n")
    assert read(["  "], ["a b  c"]) == ("a b", "  ")


def test_stop_string_that_is_complete_first_wins() -> None:
    assert read(["abcd", "bc"], ["abcd"]) == ("a", "bc")
    assert read(["bc", "abc"], ["abc"]) == ("", "abc")


def test_nothing_is_shown_after_a_match() -> None:
    matcher = ReversePrompts(["x"])
    assert [matcher.push(text) for text in ("ax", "b", "c")] == ["a", "", ""]
    assert matcher.finish() == ""


def test_empty_stop_string_is_refused() -> None:
    with pytest.raises(UsageError, match="must not be empty"):
        ReversePrompts(["User:", ""])


def test_push_costs_microseconds_per_token() -> None:
    matcher = ReversePrompts(["User:", "\n\n\n", "a" * 200])
    begun = time.process_time()
    for _ in range(20_000):
        matcher.push("aaaa ")
    assert time.process_time() - begun < 2.0  # measured: 0.03 s
