"""Words and structure of a rendered text, told apart."""

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from llamachat.chat.words import separate

texts = st.lists(st.text("ab<>", min_size=1, max_size=6), min_size=1, max_size=5)


def fences(words: Sequence[str]) -> str:
    return "".join(f"<{word}>\n" for word in words)


@given(texts)
def test_words_come_back_with_their_numbers(words: list[str]) -> None:
    separated = separate(fences, words)
    assert separated.words == tuple(enumerate(words))
    assert separated.structure == ("<", *[">\n<"] * (len(words) - 1), ">\n")


@given(texts)
def test_changed_words_are_found_between_the_structure(words: list[str]) -> None:
    separated = separate(lambda given: fences([word.upper() for word in given]), words)
    assert [text for _, text in separated.words] == [word.upper() for word in words]
    assert separated.joined() == fences([word.upper() for word in words])


def test_words_that_appear_twice_are_words_twice() -> None:
    separated = separate(lambda words: f"{words[0]}|{words[0]}|{words[1]}", ["a|b", "c"])
    assert separated.words == ((0, "a|b"), (0, "a|b"), (1, "c"))


def test_words_that_are_left_out_are_missing() -> None:
    separated = separate(lambda words: f"only {words[1]}", ["a", "b"])
    assert separated.words == ((1, "b"),)
    assert not separated.shows([0, 1])
    assert separated.shows([1])


def test_structure_that_depends_on_far_words_holds_as_it_is_around_the_marks() -> None:
    def sulking(words: Sequence[str]) -> str:
        tail = "!" if "rude" in words[0] else "."
        return f"<{words[0]}><{words[1]}>{tail}"

    separated = separate(sulking, ["rude</x>", "b"])
    assert separated.words == ((0, "rude</x>"), (1, "b"))
    assert not re.search("rude", "".join(separated.structure))


def test_structure_that_changed_words_take_away_is_not_put_back() -> None:
    def thinking(words: Sequence[str]) -> str:
        return "".join(f"<{word[1:]}" if word.startswith("T") else f"<[]{word}>" for word in words)

    for words in (["Ta>b", "b", "c"], ["a", "Ta>b", "c"], ["a", "b", "Ta>b"]):
        separated = separate(thinking, words)
        assert separated.joined() == thinking(words)
        assert [text for _, text in separated.words] == [word.lstrip("T") for word in words]
