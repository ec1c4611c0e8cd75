"""What the engine holds after an answer is known as soon as its events have ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamachat.chat.conversation import Conversation
from llamachat.chat.kept_answer import kept_answer, place_of
from llamachat.chat.kv_keeper import KvKeeper
from llamachat.chat.kv_store import KvStore
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Done
from llamachat.engine.scripted import ScriptedEngine

ANSWER = "so many words " * 60


@pytest.fixture
def conversation() -> Iterator[Conversation]:
    with ChatStore() as store:
        yield Conversation(store, load_prompt_template("bob").fill(), prompt_template="bob")


@pytest.fixture
def states(tmp_path: Path) -> KvStore:
    return KvStore(tmp_path / "kv", budget=1 << 30)


def ask(engine: ScriptedEngine, keeper: KvKeeper, conversation: Conversation, text: str) -> Done:
    events = kept_answer(keeper, conversation, lambda engine: conversation.reply(engine, text))
    *_, last = events(engine)
    assert isinstance(last, Done)
    return last


def test_whoever_leaves_at_its_end_saves_it(conversation: Conversation, states: KvStore) -> None:
    engine, keeper = ScriptedEngine([ANSWER]), KvKeeper(states)
    ask(engine, keeper, conversation, "hello")
    assert keeper.save(engine, leaving=True)
    place = place_of(conversation)
    assert place is not None
    assert [state.leaf for state in states.states()] == [place.leaf]


def test_the_state_is_brought_back_before_it(conversation: Conversation, states: KvStore) -> None:
    engine, keeper = ScriptedEngine([ANSWER]), KvKeeper(states)
    ask(engine, keeper, conversation, "hello")
    keeper.save(engine, leaving=True)
    done = ask(ScriptedEngine([ANSWER]), KvKeeper(states), conversation, "and")
    assert done.usage.cached > 50


def test_of_an_engine_that_died_nothing_is_saved(
    conversation: Conversation, states: KvStore
) -> None:
    engine, keeper = ScriptedEngine([ANSWER], fail_at=100), KvKeeper(states)
    assert ask(engine, keeper, conversation, "hello").reason == "died"
    assert not keeper.save(engine, leaving=True)
    assert states.states() == []
