"""What a full context loses next is named before it happens."""

import pytest

from llamachat.chat.message import Message
from llamachat.chat.next_to_go import Turn, next_to_go, turns_of
from llamachat.chat.prompt_library import load_prompt_template

KEPT = Turn("", 100)


def told(*lengths: int, gone: int = 0) -> str:
    """Of 1,000 tokens with one character each, turns of these lengths."""
    turns = [KEPT, *(Turn(f"Number {n}", length) for n, length in enumerate(lengths, start=1))]
    used = sum(turn.length for turn in (turns[0], *turns[gone + 1 :]))
    return next_to_go(turns, gone=gone, context_used=used, n_ctx=1000)


@pytest.mark.parametrize(
    ("lengths", "gone", "sentence"),
    [
        ((300, 300, 250), 0, "Next to go: turn 1, “Number 1”."),
        ((125, 300, 300), 0, "Next to go: turn 1, “Number 1”."),
        ((124, 300, 300), 0, "Next to go: turns 1 to about 2, “Number 1” first."),
        ((50,) * 16, 0, "Next to go: turns 1 to about 3, “Number 1” first."),
        ((50,) * 20, 4, "Next to go: turns 5 to about 7, “Number 5” first."),
        ((20, 20, 800), 0, "Next to go: turns 1 to about 2, “Number 1” first."),
        ((850,), 0, "No older turn can go."),
        ((300, 850), 1, "No older turn can go."),
        ((), 0, "No older turn can go."),
    ],
)
def test_as_many_turns_are_named_as_free_an_eighth(
    lengths: tuple[int, ...], gone: int, sentence: str
) -> None:
    assert told(*lengths, gone=gone) == sentence


def test_long_words_are_cut_and_put_into_one_line() -> None:
    turns = [KEPT, Turn("What is\nthe largest city of Europe, and why?", 500), Turn("So?", 400)]
    said = next_to_go(turns, gone=0, context_used=1000, n_ctx=1000)
    assert said == "Next to go: turn 1, “What is the largest city of Europe, and…”."


def test_preamble_and_greeting_are_turn_0_and_each_question_begins_a_turn() -> None:
    dialog = load_prompt_template("bob").fill()
    said = [
        Message("system", "Hm."),
        Message("user", "Hello!"),
        Message("assistant", "Hi."),
        Message("user", "And?"),
    ]
    kept, first, second = turns_of(dialog, said)
    assert kept.length > len(dialog.preamble[0].text) + len("Hm.")
    assert (first.words, second.words) == ("Hello!", "And?")
    assert first.length - second.length == len("Hello!Hi.") - len("And?")
