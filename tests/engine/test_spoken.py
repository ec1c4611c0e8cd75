"""What the model said keeps the tokens it was sampled with, so that it is never evaluated again."""

import pytest

from llamachat.engine.llama import vocab as module
from llamachat.engine.llama.engine import LlamaEngine
from llamachat.engine.llama.vocab import as_bytes
from llamachat.engine.params import SamplingParams
from llamachat.engine.prompt import Prompt, content, prompt_text, scaffold
from tests.engine.answers import done_of, run, text_of
from tests.engine.conftest import OpenModel

ASKED: Prompt = (scaffold("A dialog.\nUser:"), content(" hello", 1), scaffold("\nBob:", 1))


RANDOM = SamplingParams(temp=3, top_k=0, top_p=1, min_p=0, seed=5, ignore_eos=True)
"""words in pieces that no tokenizer would choose"""


def following(answer: str) -> Prompt:
    """The next prompt of the dialog, with the answer in it."""
    return (*ASKED, content(answer, 1), scaffold("\nUser:", 2), content(" more", 2))


def long_piece(engine: LlamaEngine) -> str:
    """A word that is one token."""
    pieces = map(engine.vocab.text_of, range(engine.vocab.size))
    return next(text for text in pieces if len(text) > 3 and text.isalpha())


@pytest.fixture
def engine(open_model: OpenModel) -> LlamaEngine:
    return open_model()


def test_an_unusual_spelling_is_found_in_the_cache(engine: LlamaEngine) -> None:
    events = run(engine, ASKED, n=24, sampling=RANDOM)
    answer, usage = text_of(events), done_of(events).usage
    usual = engine.vocab.plain(prompt_text(following(answer)))
    assert engine.vocab.tokenize(following(answer)).ids[1:] != usual
    again = done_of(run(engine, following(answer), n=1)).usage
    assert again.cached == usage.prompt + usage.generated - 1


def test_its_tokens_belong_to_the_turn_it_was_said_in(engine: LlamaEngine) -> None:
    answer = text_of(run(engine, ASKED, n=24, sampling=RANDOM))
    list(engine.prefill(following(answer)))
    turns = engine.inspect().turns
    assert list(turns) == sorted(turns)
    assert turns.count(1) == len(engine.vocab.tokenize(ASKED).ids) - turns.count(0) + 24


@pytest.mark.parametrize("changed", ["{}.", " {}", "{0}{0}", "{0:.20}"])
def test_a_changed_answer_is_tokenized_as_any_text(engine: LlamaEngine, changed: str) -> None:
    answer = changed.format(text_of(run(engine, ASKED, n=24, sampling=RANDOM)))
    tokens = engine.vocab.tokenize(following(answer)).ids
    assert tokens[1:] == engine.vocab.plain(prompt_text(following(answer)))


def test_a_person_who_types_the_same_words_gets_the_same_tokens(engine: LlamaEngine) -> None:
    """By value, not by place: harmless, since the text is the same."""
    answer = text_of(run(engine, ASKED, n=24, sampling=RANDOM))
    prompt = (scaffold("X:"), content(answer, 1), scaffold("\n", 1))
    ids = engine.vocab.tokenize(prompt).ids
    assert b"".join(map(engine.vocab.piece, ids)) == as_bytes(f" X:{answer}\n")


def test_edges_inside_a_token_fall_back_to_the_usual_spelling(engine: LlamaEngine) -> None:
    vocab = engine.vocab
    word = long_piece(engine)
    vocab.remember_spoken(word[2:], (*vocab.plain(word[2:3]), *vocab.plain(word[3:])))
    begins_inside = (scaffold(f":{word[:2]}"), content(word[2:], 1))
    assert vocab.tokenize(begins_inside).ids[1:] == vocab.plain(f":{word}")
    vocab.remember_spoken(word[:2], (*vocab.plain(word[:1]), *vocab.plain(word[1:2])))
    ends_inside = (scaffold(":"), content(word[:2], 1), scaffold(word[2:], 1))
    assert vocab.tokenize(ends_inside).ids[1:] == vocab.plain(f":{word}")


@pytest.mark.parametrize("stored", ["{}. \n", "{}."])
def test_white_space_at_its_end_may_be_stored_or_not(engine: LlamaEngine, stored: str) -> None:
    word = long_piece(engine)
    letters = [engine.vocab.plain(f":{letter}")[-1] for letter in f"{word}. \n"]
    spelled = SamplingParams(
        temp=0,
        grammar=f'root ::= "{word}. \\n"',
        logit_bias=tuple((token, 50.0) for token in letters),
        ignore_eos=True,
    )
    events = run(engine, ASKED, n=40, sampling=spelled)
    assert text_of(events) == f"{word}. \n"
    usage, answer = done_of(events).usage, stored.format(word)
    assert usage.generated == len(letters)
    again = done_of(run(engine, following(answer), n=1)).usage
    assert again.cached == usage.prompt + len(answer)


def test_an_answer_cut_by_a_reverse_prompt_is_found_up_to_there(engine: LlamaEngine) -> None:
    whole = text_of(run(engine, ASKED, n=30))
    events = run(engine, ASKED, n=30, stop=(whole[15:18],))
    answer, usage = text_of(events), done_of(events).usage
    assert answer == whole[: whole.index(whole[15:18])]
    again = done_of(run(engine, following(answer), n=1)).usage
    assert again.cached >= usage.prompt


def test_only_the_last_answers_are_remembered(
    engine: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SPOKEN", 2)
    odd = tuple(engine.vocab.plain(letter)[-1] for letter in "stone")
    for text in ("stone", "other", "third"):
        engine.vocab.remember_spoken(text, odd)
    tokens = engine.vocab.tokenize((scaffold(":"), content("stone"), scaffold(":"))).ids
    assert tokens[1:] == engine.vocab.plain(":stone:")
