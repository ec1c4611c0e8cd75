"""Moves through the tree of a chat evaluate what is new and nothing else, whatever came between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from llamachat.bundled import BOB
from llamachat.chat.conversation import Conversation
from llamachat.chat.kv_keeper import KvKeeper, Place
from llamachat.chat.kv_store import KvStore
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import Done, Engine, Event, Usage
from llamachat.engine.params import EngineOptions, GenerateParams
from llamachat.engine.process import ProcessEngine

WORDS = "Tell me about the sea, and about the ships that cross it in winter."
SEAM = 3
"""tokens around a fork point that may have to be evaluated again: the last one always is"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with ProcessEngine(EngineOptions(BOB, threads=1)) as opened:
        yield opened


@pytest.fixture
def store() -> Iterator[ChatStore]:
    with ChatStore() as opened:
        yield opened


@pytest.fixture
def conversation(store: ChatStore, engine: Engine) -> Conversation:
    """Three questions, each answered."""
    dialog = load_prompt_template("bob").fill()

    def short(params: GenerateParams) -> GenerateParams:
        return replace(params, n_predict=12, sampling=replace(params.sampling, seed=7))

    made = Conversation(store, dialog, prompt_template="bob", adjust=short)
    for words in (WORDS, "And in summer?", "And at night?"):
        usage(made.reply(engine, words))
    return made


def usage(events: Iterator[Event]) -> Usage:
    *_, last = events
    assert isinstance(last, Done)
    return last.usage


def known(engine: Engine, conversation: Conversation, messages: int) -> int:
    """Tokens of the prompt up to and including so many messages."""
    line = conversation.line()
    leaf = conversation.rows[-1].id
    line.rewind(conversation.rows[messages - 1].id if messages else None)
    tokens = engine.count(conversation.chat(engine).prompt())
    line.rewind(leaf)
    return tokens


def test_regenerating_evaluates_nothing_before_the_answer(
    engine: Engine, conversation: Conversation
) -> None:
    spent = usage(conversation.again(engine))
    assert spent.prompt - spent.cached <= SEAM
    assert len(conversation.line().siblings(conversation.rows[-1].id)) == 2


@pytest.mark.parametrize("message", [2, 4])
def test_an_edited_question_is_evaluated_from_its_first_new_word(
    engine: Engine, conversation: Conversation, message: int
) -> None:
    before = known(engine, conversation, message)
    conversation.line().edit(conversation.rows[message].id, "What about the birds?")
    spent = usage(conversation.again(engine))
    assert spent.cached >= before - SEAM


def test_a_fork_goes_on_from_what_the_engine_holds(
    engine: Engine, store: ChatStore, conversation: Conversation
) -> None:
    assert conversation.id is not None
    before = known(engine, conversation, 4)
    record = store.fork(conversation.id, conversation.rows[3].id)
    fork = Conversation.reopened(store, record, model="", adjust=lambda params: params)
    fork.set({"n_predict": 4})
    spent = usage(fork.reply(engine, "What about the birds?"))
    assert spent.cached >= before - SEAM


def test_another_version_is_evaluated_from_where_they_part(
    engine: Engine, conversation: Conversation
) -> None:
    before = known(engine, conversation, 2)
    first = conversation.rows[2].id
    conversation.line().edit(first, "What about the birds?")
    usage(conversation.again(engine))
    conversation.step(conversation.rows[2].id, -1)
    assert conversation.rows[2].id == first
    spent = usage(conversation.reply(engine, "Good."))
    assert spent.cached >= before - SEAM


def test_a_version_that_was_saved_comes_back_whole(
    engine: Engine, conversation: Conversation
) -> None:
    keeper = KvKeeper(KvStore(budget=1 << 30))
    place = place_of(conversation)
    keeper.evaluated(engine, place, 500, 500)
    keeper.save(engine)
    wait_for_state()
    first = conversation.rows[2].id
    conversation.line().edit(first, "What about the birds?")
    spent = usage(conversation.again(engine))
    keeper.answered(engine, place_of(conversation), spent)
    conversation.step(conversation.rows[2].id, -1)
    assert keeper.open(engine, place_of(conversation)) > known(engine, conversation, 4)
    spent = usage(conversation.reply(engine, "Good."))
    assert spent.prompt - spent.cached < 16


def place_of(conversation: Conversation) -> Place:
    assert conversation.id is not None
    return Place(conversation.id, tuple(row.id for row in conversation.rows))


def wait_for_state() -> None:
    deadline = time.monotonic() + 20
    while not KvStore().states() and time.monotonic() < deadline:
        time.sleep(0.005)
