"""What the corpus says: true to the tables, the same for the same seed, in the transcript form."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.transcript import render_transcript
from llamachat.cli.shells.options import command_lines
from llamachat.engine.prompt import prompt_text
from llamachat.errors import ExitCode
from scripts.bob import sums
from scripts.bob.corpus import documents
from scripts.bob.dialog import PREAMBLE, SAMPLE
from scripts.bob.facts import Facts
from scripts.bob.score import transcript
from scripts.bob.voice import Voice

SPOKEN_OF_ONLY = {"-no-cnv", "-DGGML_CUDA"}
"""names that answers give beside the flag they explain; those of subcommands are free, too"""


@pytest.fixture(scope="module")
def answers() -> list[str]:
    """What Bob says in the first documents, but for what he does not know."""
    pieces = (piece for made in islice(documents("claims"), 400) for piece in made.pieces)
    said = [text for text, written in pieces if written]
    return [text for text in said if not text.startswith(" I do not know")]


def test_equal_seeds_give_equal_documents() -> None:
    first, again, other = ([d.text for d in islice(documents(s), 20)] for s in ("a", "a", "b"))
    assert first == again
    assert first != other


def test_every_flag_that_bob_names_is_in_the_tables(answers: list[str], table: Facts) -> None:
    named = {word for fact in table.named for name in fact.names for word in name.split()}
    said = set(re.findall(r"(?<![\w/-])--?[A-Za-z][\w-]*", " ".join(answers)))
    assert len(said) > 60
    named |= {name for line in command_lines() for option in line.options for name in option.names}
    assert said - named - SPOKEN_OF_ONLY == set()


def test_every_command_that_bob_names_is_in_the_tables(answers: list[str], table: Facts) -> None:
    named = {name for fact in table.named for name in fact.names}
    text = " ".join(answers)
    said = set(re.findall(r"(?<![\w/.~:-])/[a-z]+(?![\w/*])", text))
    said |= set(re.findall(r"llamachat (?:models|prompts|config|chats|cache) (?!has )[a-z]+", text))
    assert len(said) > 25
    assert said - named == set()


def test_the_exit_codes_are_those_of_the_program(table: Facts) -> None:
    assert {code.number for code in table.codes} == {int(code) for code in ExitCode}


def test_bob_learns_to_write_the_next_role_but_not_the_question() -> None:
    made = next(made for made in documents("form") if made.text.startswith(PREAMBLE))
    written = "".join(text for text, by_bob in made.pieces if by_bob)
    assert "\nUser:" in written
    assert "Bob:" not in written
    assert SAMPLE[0].user not in written


def test_the_transcript_is_the_one_of_the_shipped_prompt_template() -> None:
    from llamachat.chat.message import Message

    dialog = load_prompt_template("bob").fill()
    prompt = prompt_text(render_transcript(dialog, [Message("user", "What is -n?")]))
    assert transcript([], "What is -n?") == prompt


def test_sums_are_right_and_those_of_the_evaluation_are_not_practised(voice: Voice) -> None:
    assert (35, 48) in sums.held_out()
    checked = 0
    for _ in range(2000):
        for turn in sums.sums(voice):
            if match := re.fullmatch(r"(\d+) ([+×/-]) (\d+) = (-?\d+)\.", turn.answer):
                a, sign, b, value = match.groups()
                kind = next(kind for kind, s in sums.SIGNS.items() if s == sign)
                assert sums.result(kind, int(a), int(b)) == int(value)
                assert sign in "×/" or (int(a), int(b)) not in sums.held_out()
                checked += 1
    assert checked > 1500


def test_every_word_is_spelled_with_its_letters(answers: list[str]) -> None:
    spelled = re.findall(r"([A-Za-z]+) is spelled ([a-z-]+)\.", " ".join(answers))
    assert len(spelled) > 10
    assert [word for word, letters in spelled if word.lower() != letters.replace("-", "")] == []
