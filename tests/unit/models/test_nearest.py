"""Who typed a name wrongly is told the right one."""

from __future__ import annotations

import pytest

from llamachat.models.catalog import unknown
from llamachat.models.nearest import did_you_mean, nearest

KNOWN = ("llama-2-7b-chat", "llama-3.2-1b-instruct", "llama-3.2-3b-instruct", "Mistral-7B", "bob")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lama-2-7b-chat", ("llama-2-7b-chat",)),
        ("LLAMA-2-7B-CHATT", ("llama-2-7b-chat",)),
        ("mistral", ("Mistral-7B",)),
        ("3.2", ("llama-3.2-1b-instruct", "llama-3.2-3b-instruct")),
        ("llama", ("llama-2-7b-chat", "llama-3.2-1b-instruct", "llama-3.2-3b-instruct")),
        ("b", ()),
        ("zzz", ()),
        ("", ()),
    ],
)
def test_parts_of_names_come_before_misspelled_ones(typed: str, meant: tuple[str, ...]) -> None:
    assert nearest(typed, KNOWN) == meant


def test_several_are_asked_for_in_one_question() -> None:
    assert did_you_mean("instruct", KNOWN[:2]) == "Did you mean llama-3.2-1b-instruct?"
    assert did_you_mean("3.2", KNOWN) == (
        "Did you mean llama-3.2-1b-instruct or llama-3.2-3b-instruct?"
    )
    assert did_you_mean("zzz", KNOWN) == ""


def test_the_catalogue_names_what_it_has() -> None:
    assert unknown("lama-2-7b-chat").hint.startswith("Did you mean llama-2-7b-chat?")
    assert unknown("zzz").hint.startswith("List them: llamachat models list")
    error = unknown("llama-2-7b-chat:Q9_X")
    assert error.message == "The catalogue has Llama-2-7B-Chat, but not in 'Q9_X'."
    assert error.hint.startswith("It has Q4_K_M, Q4_0, ")
