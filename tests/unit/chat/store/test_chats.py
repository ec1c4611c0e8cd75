"""Chats are listed, named, deleted and brought back; none is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.store.chats import ChatStore, chats_path
from llamachat.chat.store.line import StoredLine
from llamachat.errors import UsageError
from tests.unit.chat.store.conftest import say, texts


def test_new_chat_holds_what_it_was_given(store: ChatStore) -> None:
    dialog = Dialog(user="Ann", sampling={"temp": 0.5})
    made = store.create(dialog, prompt_template="bob", model="m.gguf", settings={"top_k": 3})
    assert store.get(made.id) == made
    assert made.dialog == dialog
    assert (made.prompt_template, made.model, made.settings) == ("bob", "m.gguf", {"top_k": 3})
    assert (made.messages, made.leaf, made.title, made.draft) == (0, None, "", "")


def test_file_lies_in_the_data_folder() -> None:
    with ChatStore() as store:
        store.create(Dialog())
    assert chats_path().is_file()


def test_empty_chats_are_not_listed_and_drafts_are(store: ChatStore) -> None:
    empty, typed = store.create(Dialog()), store.create(Dialog())
    store.save_draft(typed.id, "Dear \udcff")
    assert [chat.id for chat in store.chats()] == [typed.id]
    assert store.get(typed.id).draft == "Dear \ufffd"
    assert store.get(empty.id).draft == ""


def test_newest_words_come_first(store: ChatStore) -> None:
    lines = [store.line(store.create(Dialog()).id) for _ in range(3)]
    for line in (*lines, lines[1]):
        say(line, "Hi")
    order = [lines[1].chat, lines[2].chat, lines[0].chat]
    assert [chat.id for chat in store.chats()] == order
    assert [chat.id for chat in store.chats(limit=2)] == order[:2]
    latest = store.latest()
    assert latest is not None
    assert latest.id == order[0]


def test_no_chats_no_latest(store: ChatStore) -> None:
    assert store.latest() is None
    assert store.chats() == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n  What is\tthe time? \nTell me.", "What is the time?"),
        ("long " * 50, ("long " * 12).strip()),
        ("", ""),
    ],
)
def test_title_is_the_first_line_of_the_user(
    store: ChatStore, line: StoredLine, text: str, title: str
) -> None:
    say(line, text, "An answer.", "More")
    assert store.get(line.chat).title == title


def test_title_follows_another_first_message_unless_renamed(
    store: ChatStore, line: StoredLine
) -> None:
    (first,) = say(line, "apples")
    line.edit(first, "pears")
    assert store.get(line.chat).title == "pears"
    store.rename(line.chat, " Fruit\n salad ")
    line.edit(first, "plums")
    assert store.get(line.chat).title == "Fruit salad"
    store.rename(line.chat, "")
    assert store.get(line.chat).title == "apples"


def test_deleted_chat_comes_back(store: ChatStore, line: StoredLine) -> None:
    say(line, "Hi")
    store.delete(line.chat)
    assert store.chats() == []
    assert [chat.id for chat in store.chats(deleted=True)] == [line.chat]
    assert store.get(line.chat).deleted is not None
    store.undelete(line.chat)
    assert [chat.id for chat in store.chats()] == [line.chat]


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.get(7),
        lambda store: store.line(7),
        lambda store: store.rename(7, "x"),
        lambda store: store.delete(7),
        lambda store: store.undelete(7),
        lambda store: store.save_draft(7, "x"),
        lambda store: store.update(7, model="x"),
        lambda store: store.fork(7, 1),
    ],
)
def test_chat_that_is_not_there_is_named(store: ChatStore, call: object) -> None:
    assert callable(call)
    with pytest.raises(UsageError, match=r"There is no chat 7\.") as raised:
        call(store)
    assert "llamachat chats list" in raised.value.hint


def test_update_changes_only_what_is_given(store: ChatStore, line: StoredLine) -> None:
    before = store.get(line.chat)
    store.update(line.chat)
    assert store.get(line.chat) == before
    store.update(line.chat, settings={"temp": 0.0, "samplers": ("top_k",)})
    store.update(line.chat, model="other", dialog=Dialog(user="Ann"), prompt_template="coder")
    assert store.get(line.chat) == replace(
        before,
        settings={"temp": 0.0, "samplers": ("top_k",)},
        model="other",
        dialog=Dialog(user="Ann"),
        prompt_template="coder",
    )


def test_fork_copies_the_line_up_to_the_message(store: ChatStore, line: StoredLine) -> None:
    keys = say(line, "1", "2", "3", "4")
    line.annotate({"tokens": 1})
    store.save_draft(line.chat, "unsent")
    line.rewind(None)
    fork = store.fork(line.chat, keys[1])
    assert (fork.title, fork.messages, fork.draft, fork.model) == ("1", 2, "", "bob")
    copy = store.line(fork.id)
    assert texts(copy) == ["1", "2"]
    say(copy, "three")
    assert [row.message.text for row in store.tree(line.chat)] == ["1", "2", "3", "4"]
    with pytest.raises(UsageError, match="no message"):
        store.fork(fork.id, keys[0])


def test_chat_from_elsewhere_keeps_its_tree(store: ChatStore, line: StoredLine) -> None:
    keys = say(line, "1", "2", "3")
    line.annotate({"rate": 1.5})
    line.edit(keys[1], "two")
    record, rows = store.get(line.chat), store.tree(line.chat)
    say(store.line(store.create(Dialog()).id), "Elsewhere")
    new = store.insert(record, rows)
    shift = new.id - record.id
    assert new == replace(record, id=new.id, leaf=new.leaf)
    moved = store.tree(new.id)
    number = {old.id: fresh.id for old, fresh in zip(rows, moved, strict=True)}
    assert shift > 0
    assert [replace(row, id=0, parent=None) for row in moved] == [
        replace(row, id=0, parent=None) for row in rows
    ]
    assert [row.parent for row in moved] == [row.parent and number[row.parent] for row in rows]
    assert texts(store.line(new.id)) == ["1", "two"]
