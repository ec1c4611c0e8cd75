"""A conversation on a real store, with a scripted engine where only the moves matter."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from llamachat.chat.conversation import Conversation, changed
from llamachat.chat.dialog import Dialog
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.engine.base import EngineInfo
from llamachat.engine.params import GenerateParams
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import UsageError


@pytest.fixture
def store() -> Iterator[ChatStore]:
    with ChatStore() as opened:
        yield opened


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine([f"Answer {number}." for number in range(1, 9)])


def begin(store: ChatStore, **options: object) -> Conversation:
    dialog = load_prompt_template("bob").fill()
    return Conversation(store, dialog, prompt_template="bob", **options)  # type: ignore[arg-type]


def texts(conversation: Conversation) -> list[str]:
    return [row.message.text for row in conversation.rows]


def test_nothing_is_stored_before_something_is_said(store: ChatStore) -> None:
    conversation = begin(store)
    assert conversation.id is None
    conversation.save_draft("")
    assert store.chats() == []
    conversation.save_draft("half a")
    assert [chat.draft for chat in store.chats()] == ["half a"]


def test_an_answer_is_kept_with_its_figures(store: ChatStore, engine: ScriptedEngine) -> None:
    conversation = begin(store)
    list(conversation.reply(engine, "Hello"))
    assert texts(conversation) == ["Hello", "Answer 1."]
    assert conversation.rows[-1].stats["generated"] > 0
    assert conversation.title == "Hello"


def test_regenerating_keeps_both_answers(store: ChatStore, engine: ScriptedEngine) -> None:
    conversation = begin(store)
    list(conversation.reply(engine, "Hello"))
    list(conversation.again(engine))
    assert texts(conversation) == ["Hello", "Answer 2."]
    latest = conversation.rows[-1]
    assert (latest.place, latest.places) == (2, 2)
    before = conversation.step(latest.id, -1)
    assert texts(conversation) == ["Hello", "Answer 1."]
    assert before == conversation.rows[-1].id
    assert conversation.step(before, -1) == before
    assert texts(conversation) == ["Hello", "Answer 1."]


def test_undo_gives_the_words_back_and_loses_nothing(
    store: ChatStore, engine: ScriptedEngine
) -> None:
    conversation = begin(store)
    for text in ("One", "Two"):
        list(conversation.reply(engine, text))
    assert conversation.undo() == "Two"
    assert texts(conversation) == ["One", "Answer 1."]
    assert conversation.id is not None
    assert len(store.tree(conversation.id)) == 4
    assert conversation.undo() == "One"
    with pytest.raises(UsageError, match="nothing to take back"):
        conversation.undo()


def test_there_is_nothing_to_answer_at_the_beginning(
    store: ChatStore, engine: ScriptedEngine
) -> None:
    with pytest.raises(UsageError, match="nothing to answer"):
        list(begin(store).again(engine))


def test_settings_are_the_chat_s_own_and_survive(store: ChatStore) -> None:
    conversation = begin(store, adjust=lambda params: replace(params, n_predict=7))
    conversation.set({"temp": 0.1, "n_predict": 9})
    conversation.line()
    assert conversation.id is not None
    record = store.get(conversation.id)
    again = Conversation.reopened(store, record, model="", adjust=lambda params: params)
    assert again.params().sampling.temp == 0.1
    assert again.params().n_predict == 9
    again.set({"temp": None})
    assert again.params().sampling.temp == again.dialog.params().sampling.temp


def test_a_wrong_setting_changes_nothing(store: ChatStore) -> None:
    conversation = begin(store)
    with pytest.raises(UsageError, match="repeat penalty"):
        conversation.set({"repeat_penalty": -1.0})
    assert conversation.settings == {}


def test_the_model_decides_the_dialog_only_while_nothing_was_said(
    store: ChatStore, engine: ScriptedEngine
) -> None:
    other = Dialog(user="Me", assistant="You", reverse_prompts=("Me:",), in_prefix="Me: ")
    seen: list[EngineInfo] = []

    def decide(info: EngineInfo) -> tuple[Dialog, str]:
        seen.append(info)
        return other, "other"

    fresh = begin(store, decide=decide)
    list(fresh.reply(engine, "Hello"))
    assert fresh.dialog == other
    assert fresh.id is not None
    assert store.get(fresh.id).prompt_template == "other"
    chosen = begin(store, decide=decide)
    chosen.use(load_prompt_template("bob").fill(), "bob")
    list(chosen.reply(engine, "Hello"))
    assert chosen.prompt_template == "bob"
    assert len(seen) == 1


def test_changes_reach_both_levels_of_parameters() -> None:
    params = changed(GenerateParams(), {"n_predict": 3, "temp": 0.0})
    assert (params.n_predict, params.sampling.temp) == (3, 0.0)
