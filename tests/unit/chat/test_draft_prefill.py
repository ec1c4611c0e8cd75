"""What of a draft can be evaluated before it is sent, and what is left of it at Enter."""

from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.bundled import BOB
from llamachat.chat.chat import Chat
from llamachat.chat.dialog import Dialog
from llamachat.chat.draft_prefill import (
    LONG_TOKEN,
    LONG_WORD,
    Draft,
    DraftRead,
    DraftReader,
    draft_prompts,
    settled,
)
from llamachat.chat.history import MemoryHistory
from llamachat.chat.message import Message
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.rendering import renderer
from llamachat.engine.base import Done, Prefilled, Report, Trimmed
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.engine.prompt import Prompt, prompt_text
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineDied

TEMPLATES = sorted((Path(__file__).parent / "chat_templates").glob("*.jinja"))
BOBS = load_prompt_template("bob").fill()
SAID = (Message("user", "Hello."), Message("assistant", "Hello! How are you?", "stop"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""), ("Hel", ""), ("Hello ", "Hello"), ("Hello wor", "Hello"), ("a  b\n\nc", "a  b"),
        ("one two ", "one two"), (" ", ""), (" x", ""), (" one two", " one"),
        ("字" * 100, "字" * (100 - LONG_WORD)),
        ("so " + "字" * 40, "so " + "字" * (40 - LONG_WORD)),
    ],
)  # fmt: skip
def test_all_but_the_last_word_is_settled(text: str, expected: str) -> None:
    assert settled(text) == expected


@given(st.text(alphabet="ab \n字", max_size=80))
def test_what_is_settled_only_grows_while_a_draft_does(text: str) -> None:
    steps = [settled(part) for part in accumulate(text)]
    assert all(text.startswith(step) for step in steps)
    assert [len(step) for step in steps] == sorted(len(step) for step in steps)


def infos() -> list[tuple[Dialog, ScriptedEngine]]:
    chat = Dialog(form="chat")
    return [
        (BOBS, ScriptedEngine([])),
        *((chat, ScriptedEngine([], chat_template=path.read_text())) for path in TEMPLATES),
    ]


@pytest.mark.parametrize(("dialog", "engine"), infos())
@pytest.mark.parametrize("words", ["Tell me more about it", "", "x", "a b ", "Bob: is a name, and"])
def test_each_part_is_the_beginning_of_what_is_sent(
    dialog: Dialog, engine: ScriptedEngine, words: str
) -> None:
    render = renderer(dialog, engine.info)
    prompts = draft_prompts(render, Draft(dialog, SAID, words))
    sent = render((*SAID, Message("user", words + " than that.")))
    texts = [prompt_text(part) for part in (prompts.before, prompts.settled, prompts.whole)]
    assert all(b.startswith(a) for a, b in pairwise(texts))
    assert prompt_text(sent).startswith(texts[1])
    assert "Hello! How are you?" in texts[0]
    assert {part.turn for part in prompts.settled} <= {part.turn for part in sent}
    if not words:
        assert texts[0] == texts[1] == texts[2]


def read(engine: ScriptedEngine | ProcessEngine, *texts: str) -> list[DraftRead]:
    reader, told = DraftReader(), []
    for text in texts:
        steps: list[DraftRead] = []
        assert reader.read(engine, Draft(BOBS, SAID, text), steps.append)
        told.append(steps[-1])
    return told


def test_it_tells_how_much_of_the_draft_is_ready() -> None:
    empty, some, more = read(ScriptedEngine([]), "", "one two thr", "one two three four ")
    assert (empty.ready, empty.total) == (0, 0)
    assert (some.ready, some.total) == (2, 3)
    assert (more.ready, more.total) == (4, 5)  # the space may still join a word
    assert more.held.cached == some.held.done


def test_in_a_chat_whose_first_turns_have_left_it_tells_the_same() -> None:
    engine = ScriptedEngine([" Fine.\nUser:"], n_ctx=160)
    chat = Chat(engine, BOBS, history=MemoryHistory(SAID * 12))
    events = list(chat.reply("And you?", replace(BOBS.params(), context_shift=True)))
    assert any(isinstance(event, Trimmed) for event in events)
    told: list[DraftRead] = []
    DraftReader().read(engine, Draft(BOBS, chat.history.messages, "one two thr"), told.append)
    assert (told[-1].ready, told[-1].total) == (2, 3)


def test_what_does_not_fit_is_not_read() -> None:
    engine = ScriptedEngine([], n_ctx=32)
    draft = Draft(BOBS, SAID, "far too many words " * 40)
    assert not DraftReader().read(engine, draft, lambda read: None)


def test_an_engine_that_reuses_nothing_reads_no_drafts() -> None:
    told: list[DraftRead] = []
    options = EngineOptions(BOB, threads=1, deterministic=True)
    with ProcessEngine(options) as engine:
        assert DraftReader().read(engine, Draft(BOBS, SAID, "one two three"), told.append)
    assert told == []


def test_at_enter_the_tail_is_left_and_the_answer_is_the_same() -> None:
    words = "Tell me something about the weather in the mountains, please, and about the sea"
    options = EngineOptions(BOB, threads=1)
    params = BOBS.params()

    def answer(engine: ProcessEngine) -> tuple[str, Done]:
        chat = Chat(engine, BOBS, history=MemoryHistory(SAID))
        events = list(chat.reply(words, params))
        assert isinstance(events[-1], Done)
        return chat.history.messages[-1].text, events[-1]

    params = replace(params, n_predict=30, sampling=replace(params.sampling, temp=0.0))
    with ProcessEngine(options) as engine:
        expected, before = answer(engine)
    with ProcessEngine(options) as engine:
        read(engine, *accumulate(part + " " for part in words.split()))
        text, after = answer(engine)
    left = after.usage.prompt - after.usage.cached
    assert text == expected
    assert left <= 8 < before.usage.prompt - before.usage.cached


def test_an_engine_that_dies_of_a_draft_is_not_passed_over() -> None:
    class Deadly(ScriptedEngine):
        def prepare(self, prompt: Prompt, report: Report | None = None) -> Prefilled:
            raise EngineDied("It was killed by SIGSEGV.")

    with pytest.raises(EngineDied):
        DraftReader().read(Deadly([]), Draft(BOBS, SAID, "one two three"), lambda read: None)


def test_what_has_far_too_many_characters_is_not_even_counted() -> None:
    class Silent(ScriptedEngine):
        def count(self, prompt: Prompt) -> int:
            raise AssertionError("that would take long")

    engine = Silent([], n_ctx=32)
    draft = Draft(BOBS, SAID, "x" * (LONG_TOKEN * 32 + 1))
    assert DraftReader().read(engine, draft, lambda read: None) is None


@pytest.mark.parametrize("looks", range(3))
def test_what_is_dropped_between_the_steps_is_not_evaluated(looks: int) -> None:
    left = iter([True] * looks)
    told: list[DraftRead] = []
    engine = ScriptedEngine([])
    draft = Draft(BOBS, SAID, "one two three " * 200)
    held = DraftReader().read(engine, draft, told.append, lambda: next(left, False))
    assert held is not None
    assert (held.done, told) == (0, [])


def test_a_draft_that_is_dropped_while_it_is_read_is_read_no_further() -> None:
    told: list[DraftRead] = []
    with ProcessEngine(EngineOptions(BOB, threads=1)) as engine:
        draft = Draft(BOBS, SAID, "Tell me about the weather in the mountains. " * 12)
        held = DraftReader().read(engine, draft, told.append, lambda: len(told) < 2)
        assert held is not None
        assert held.done < held.total
        assert len(engine.inspect().tokens) < held.total
