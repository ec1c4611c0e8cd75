"""Chats come back whole from their export; whatever else a text is costs one plain sentence."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamachat.chat.chat_import import import_chats, import_json, read_chats
from llamachat.chat.export import to_json
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.records import ChatRecord, StoredMessage
from llamachat.errors import UsageError
from tests.examples import examples
from tests.unit.chat.stored_chats import record, rows, trees

FOREIGN = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatStore]:
    with ChatStore(tmp_path_factory.mktemp("chats") / "chats.db") as store:
        yield store


def exported(store: ChatStore, chat: ChatRecord) -> dict[str, Any]:
    """The export, with messages numbered by their place."""
    found: dict[str, Any] = json.loads(to_json(chat, store.tree(chat.id)))
    numbers = {row["id"]: n for n, row in enumerate(found["messages"], 1)} | {None: None}
    for row in found["messages"]:
        row |= {"id": numbers[row["id"]], "parent": numbers[row["parent"]]}
    return found | {"leaf": numbers[found["leaf"]]}


@given(chat=trees())
def test_chat_comes_back_with_every_branch(
    store: ChatStore, chat: tuple[ChatRecord, Sequence[StoredMessage]]
) -> None:
    first = store.insert(*chat)
    text = to_json(first, store.tree(first.id))
    second = import_json(store, text)
    assert exported(store, second) == exported(store, first)
    assert second.dialog == first.dialog
    assert second.settings == first.settings
    assert second.id != first.id


def own(**changes: Any) -> dict[str, Any]:
    """An export of two messages, changed."""
    chat = to_json(record(), rows(Message("user", "a"), Message("assistant", "b", "eos")))
    found: dict[str, Any] = json.loads(chat)
    return {key: value for key, value in (found | changes).items() if value != "gone"}


def with_message(**changes: Any) -> dict[str, Any]:
    first, second = own()["messages"]
    return own(messages=[first, second | changes])


def refusal(value: object) -> str:
    with pytest.raises(UsageError) as caught:
        read_chats(value if isinstance(value, str) else json.dumps(value))
    return caught.value.message


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "There is nothing in it."),
        ("hello", "This is not JSON: Expecting value (line 1, column 1)."),
        ('{"messages": [NaN]}', "This is not JSON: NaN is not a number."),
        ("[" * 100_000, "This JSON is nested too deeply."),
        (f'{{"version": {"9" * 5000}}}', "This is not JSON: "),
        ("7", "This JSON is not a chat."),
        ('{"messages": 7}', "This JSON is not a chat."),
        ("[]", "messages holds no message."),
        ("[7]", "messages[0] must be an object."),
        ([{"role": "tool", "content": "x"}], "messages[0].role must be one of system, developer"),
        ([{"role": "user"}], "messages[0].content is missing"),
        ([{"role": "user", "content": 7}], "messages[0].content must be a text."),
        (
            [{"role": "user", "content": [{"type": "image_url"}]}],
            "messages[0].content[0].type must be text",
        ),
        (own(version=2), "This chat was exported by a newer llamachat"),
        (own(version="gone"), "version must be a number from 1 to 1."),
        (own(titel="x"), "titel is not known here."),
        (own(title=["x"]), "title must be a text."),
        (own(created=-1), "created is not a time"),
        (own(created=1e300), "created is too large a number."),
        (own(leaf=3), "leaf is 3, and no such message comes before."),
        (own(dialog=[]), "dialog must be an object."),
        (own(dialog={"form": "x"}), "The dialog of this chat is not sound: "),
        (own(dialog={"greeting": [{"role": "user"}]}), "The dialog of this chat is not sound: "),
        (own(dialog={"preamble": "x" * 999}), "The dialog of this chat is not sound: "),
        (own(dialog={"n_keep": -2}), "dialog.n_keep must be a whole number from -1 to "),
        (own(settings={"temp": "hot"}), "How this chat samples is not sound: "),
        (own(settings={"top_kk": 1}), "How this chat samples is not sound: "),
        (own(dialog={"sampling": {"mirostat": 3}}), "How this chat samples is not sound: "),
        (with_message(id=1), "messages[1].id is 1, as that of an earlier message is."),
        (with_message(parent=2), "messages[1].parent is 2, and no such message comes before."),
        (with_message(parent="1"), "messages[1].parent must be a number."),
        (with_message(finish_reason="bored"), "messages[1].finish_reason must be one of eos, "),
        (with_message(open=1), "messages[1].open must be true or false."),
        (with_message(stats={"a": True}), "messages[1].stats.a must be a number."),
        (with_message(id=1.5), "messages[1].id must be a whole number from 1 to "),
    ],
    ids=itertools.count(),
)
def test_malformed_text_costs_one_plain_sentence(value: object, sentence: str) -> None:
    said = refusal(value)
    assert said.startswith(sentence)
    assert len(said) < 300


SCRAPS: list[Any] = [None, True, -1, 0, 1.5, 10**20, "", "\ud800", [], [7], {}, {"a": 1}]


@settings(max_examples=examples(300))
@given(data=st.data())
def test_spoiled_export_is_read_or_refused_but_never_a_crash(data: st.DataObject) -> None:
    chat = own()
    place: Any = data.draw(
        st.sampled_from([chat, chat["dialog"], chat["messages"][0], chat["messages"][1]])
    )
    for key in data.draw(st.lists(st.sampled_from(sorted(place)), min_size=1, max_size=3)):
        place[key] = data.draw(st.sampled_from(SCRAPS))
    try:
        read_chats(json.dumps(chat))
    except UsageError as error:
        assert len(error.message) < 300


@given(text=st.text())
def test_any_text_is_refused_or_read(text: str) -> None:
    try:
        assert read_chats(text)
    except UsageError as error:
        assert error.message.endswith(".")


def test_list_of_another_program_becomes_a_chat(store: ChatStore) -> None:
    chat = import_json(store, json.dumps({"model": "gpt", "temperature": 1, **FOREIGN}))
    assert (chat.title, chat.model, chat.messages) == ("Hi", "gpt", 2)
    assert store.line(chat.id).messages == (Message("user", "Hi"), Message("assistant", "Ho"))
    assert chat.dialog.form == "auto"
    assert chat.dialog.greeting == ()


def test_pieces_of_text_are_joined(store: ChatStore) -> None:
    pieces = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    (chat,) = read_chats(json.dumps([{"role": "user", "content": pieces}]))
    assert chat.messages[0].message.text == "a\nb"


def test_json_lines_are_a_chat_each(store: ChatStore) -> None:
    lines = [json.dumps(FOREIGN), "", json.dumps(own(title="Own"))]
    assert [chat.title for chat in import_chats(store, "\n".join(lines))] == ["Hi", "Own"]


def test_json_lines_of_messages_are_one_chat() -> None:
    lines = "\n".join(json.dumps(message) for message in FOREIGN["messages"])
    (chat,) = read_chats("\ufeff" + lines)
    assert [row.message.text for row in chat.messages] == ["Hi", "Ho"]


def test_nothing_is_stored_where_one_line_is_wrong(store: ChatStore) -> None:
    before = len(store.chats())
    lines = f'{json.dumps(FOREIGN)}\n{{"messages": [{{"role": "user"}}]}}'
    with pytest.raises(UsageError, match=r"^Line 2: messages\[0\].content is missing"):
        import_chats(store, lines)
    assert len(store.chats()) == before


def test_import_of_one_chat_refuses_several(store: ChatStore) -> None:
    with pytest.raises(UsageError, match="There are 2 chats in it"):
        import_json(store, f"{json.dumps(FOREIGN)}\n{json.dumps(FOREIGN)}")
