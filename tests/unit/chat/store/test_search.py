"""What was said is found, whatever a person types."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine
from llamachat.chat.store.records import Hit
from llamachat.chat.store.search import WIDTH
from tests.examples import examples
from tests.unit.chat.store.conftest import say


def marked(hit: Hit) -> list[str]:
    return [hit.snippet[start:end] for start, end in hit.marks]


@pytest.mark.parametrize(
    ("text", "query", "marks"),
    [
        ("The capital of France is Paris.", "paris", ["Paris"]),
        ("The capital of France is Paris.", "FRANCE cap", ["capital", "France"]),
        ("A café in Zürich", "cafe zurich", ["café", "Zürich"]),
        ("我喜欢北京的冬天", "北京", ["北京"]),
        ("我喜欢北京的冬天", "京", ["京"]),
        ("東京タワーに行きました", "タワー", ["タワー"]),
        ("학교에서 만나요", "학교", ["학교"]),
        ("หนังสือเล่มนี้ดี", "เล่ม", ["เล่ม"]),
        ("हिन्दी में लिखो", "हिन्दी", ["हिन्दी"]),
        ("call read_file(path) now", "read_file", ["read_file"]),
        ("def f() -> int:", "->", ["->"]),
        ("well done 🙂", "🙂", ["🙂"]),
    ],
)
def test_words_are_found_and_marked(
    store: ChatStore, line: StoredLine, text: str, query: str, marks: list[str]
) -> None:
    (message,) = say(line, text)
    (hit,) = store.search(query)
    assert (hit.chat.id, hit.message, hit.role, hit.snippet) == (line.chat, message, "user", text)
    assert marked(hit) == marks


@pytest.mark.parametrize("query", ["京北", "pari capital", "read.path", "", "  ", "Berlin", "<-"])
def test_other_words_are_not_found(store: ChatStore, line: StoredLine, query: str) -> None:
    say(line, "The capital is Paris: 北京 read_file -> path")
    assert store.search(query) == []


def test_only_the_last_word_may_be_a_beginning(store: ChatStore, line: StoredLine) -> None:
    say(line, "wonderful weather")
    assert len(store.search("wonderful wea")) == 1
    assert store.search("wond weather") == []


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from(string.punctuation + " aB北\x00é")) | st.text())
def test_any_query_is_safe(store: ChatStore, line: StoredLine, query: str) -> None:
    store.search(query)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1))
def test_every_message_is_found_by_its_own_words(
    store: ChatStore, line: StoredLine, text: str
) -> None:
    line.clear()
    (message,) = say(line, text)
    words = " ".join(text.split()).encode("utf-8", "replace").decode()
    found = [hit.message for hit in store.search(words, limit=1000)]
    assert not words or message in found


@pytest.mark.parametrize("query", ["北" * 10_000, "a " * 10_000, "a-" * 10_000])
def test_long_query_is_cut(store: ChatStore, line: StoredLine, query: str) -> None:
    (message,) = say(line, query)
    assert [hit.message for hit in store.search(query)] == [message]


def test_newest_comes_first_and_the_limit_holds(store: ChatStore, line: StoredLine) -> None:
    keys = say(line, *[f"apple {n}" for n in range(5)])
    assert [hit.message for hit in store.search("apple", limit=3)] == keys[:1:-1]


def test_other_branches_are_searched_and_deleted_chats_are_not(
    store: ChatStore, line: StoredLine
) -> None:
    first, _ = say(line, "apples", "Yes.")
    line.edit(first, "pears")
    assert [hit.message for hit in store.search("apples")] == [first]
    store.delete(line.chat)
    assert store.search("apples") == []
    store.undelete(line.chat)
    assert len(store.search("apples")) == 1


def test_snippet_is_one_line_around_the_first_match(store: ChatStore, line: StoredLine) -> None:
    say(line, "one two\n" * 100 + "needle\x1b[31m\n" + "three four\n" * 100)
    (hit,) = store.search("needle")
    assert hit.snippet.startswith("…")
    assert hit.snippet.endswith("…")
    assert len(hit.snippet) <= WIDTH + 2
    assert not set(hit.snippet) & set("\n\x1b")
    assert marked(hit) == ["needle"]
