"""The model in the package: small enough, described, and able to hold the sample dialog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat import Chunk, Done, EngineOptions, GenerateParams, SamplingParams, open_engine
from llamachat.bundled import BOB
from llamachat.chat.chat import Chat
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.engine.base import Engine
from llamachat.gguf.metadata import Value
from llamachat.gguf.reader import read_header
from scripts.bob.questions import evaluation

pytestmark = pytest.mark.skipif(not BOB.is_file(), reason="Bob has not been built here")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLAMACHAT_HOME", str(tmp_path_factory.mktemp("home")))
        opened = open_engine(BOB, options=EngineOptions(BOB, threads=2), isolated=False)
        yield opened
        opened.close()


def say(chat: Chat, text: str) -> tuple[str, Done]:
    params = GenerateParams(n_predict=96, sampling=SamplingParams(temp=0.0))
    events = list(chat.reply(text, params))
    done = events[-1]
    assert isinstance(done, Done)
    return "".join(event.text for event in events if isinstance(event, Chunk)), done


def test_the_file_is_small_and_says_what_it_is() -> None:
    assert BOB.stat().st_size <= 10_000_000
    entries = read_header(BOB).metadata.items()
    metadata = {key: entry.data for key, entry in entries if isinstance(entry, Value)}
    assert metadata["general.name"] == "Bob"
    assert metadata["general.architecture"] == "llama"
    assert metadata["general.license"] == "mit"
    assert "demonstration" in str(metadata["general.description"])
    assert metadata["llamachat.prompt_template"] == "bob"
    assert metadata["llama.context_length"] == 2048


def test_bob_has_between_five_and_fifteen_million_parameters(engine: Engine) -> None:
    assert 5_000_000 <= engine.info.n_params <= 15_000_000
    assert engine.info.n_ctx_train >= 1024


def test_the_sample_dialog_is_answered_in_character(engine: Engine) -> None:
    chat = Chat(engine, load_prompt_template("bob").fill())
    hello, done = say(chat, "Hello, Bob.")
    assert "help" in hello
    assert done.reason == "stop"
    city, done = say(chat, "Please tell me the largest city in Europe.")
    assert "Moscow" in city
    assert done.reason == "stop"


@pytest.mark.parametrize("step", [11, pytest.param(2, marks=pytest.mark.slow)])
def test_help_questions_that_were_written_before_the_corpus_are_answered(
    engine: Engine, step: int
) -> None:
    asked = [q for q in evaluation() if q.category.startswith("help_")][::step]
    wrong = []
    for question in asked:
        chat = Chat(engine, load_prompt_template("bob").fill())
        answer = [say(chat, turn)[0] for turn in question.ask][-1]
        wrong += [] if question.right(answer) else [(question.ask, answer)]
    assert len(asked) >= 200 // step
    assert len(wrong) <= len(asked) // 10, wrong


def test_a_name_is_remembered_over_a_long_dialog(engine: Engine) -> None:
    chat = Chat(engine, load_prompt_template("bob").fill())
    say(chat, "My name is Maria.")
    for country in ("France", "Kenya", "Japan", "Peru", "Norway", "Egypt", "Cuba", "Nepal"):
        say(chat, f"What is the capital of {country}?")
    answer, done = say(chat, "What is my name?")
    assert "Maria" in answer
    assert done.usage.cached > 0.8 * done.usage.prompt


def test_bob_lies_where_the_wheel_takes_him_from() -> None:
    import llamachat

    assert BOB.is_relative_to(Path(llamachat.__file__).parent)
