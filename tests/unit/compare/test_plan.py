"""The time that is told before anything is measured."""

from dataclasses import replace

from llamachat.compare.figures import Subject
from llamachat.compare.plan import announcement, tokens_of
from llamachat.compare.settings import Settings
from tests.unit.compare.samples import SMALL

ALL = Settings()
Q4_0 = SMALL.subject
"""a 7B"""
BOB = Subject("bob", "bob.gguf", "Q8_0", 9_588_608, 8.51, 8_918_272)


def test_the_default_is_what_the_settings_say() -> None:
    assert tokens_of("speed", ALL) == (1024, 3 * 32)
    assert tokens_of("answers", ALL)[1] == 3 * 64
    assert tokens_of("perplexity", ALL) == (12 * 512, 0)


def test_all_chunks_are_as_many_as_the_text_has() -> None:
    read, _ = tokens_of("perplexity", replace(ALL, chunks=0))
    assert 12_000 < read < 14_000
    assert tokens_of("perplexity", replace(ALL, chunks=1000)) == (read, 0)


def test_two_of_a_7b_take_minutes_most_of_them_for_perplexity() -> None:
    words = announcement(ALL, [Q4_0, Q4_0])
    assert words.startswith("Two cores need about 7 minutes for this, 5 of them for perplexity")
    assert "(--skip perplexity leaves it out)." in words


def test_what_is_skipped_is_not_counted() -> None:
    words = announcement(replace(ALL, what=frozenset({"perplexity"})), [Q4_0])
    assert words.startswith("Two cores need about 3 minutes for this. ")


def test_small_models_need_no_announcement() -> None:
    assert announcement(ALL, [BOB, BOB]) == ""
    assert announcement(replace(ALL, what=frozenset()), [Q4_0]) == ""
