"""A line keeps what is said, and moving about in the tree takes nothing out of it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from llamachat.chat.chat import Chat
from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import UsageError
from tests.examples import examples
from tests.unit.chat.store.conftest import eventually, say, texts

DIALOG = Dialog(in_prefix="User: ", in_suffix="\nBob:", separator="\n", reverse_prompts=("User:",))


def test_messages_come_back_as_they_were(store: ChatStore, line: StoredLine) -> None:
    said = (
        Message("system", "Be kind."),
        Message("user", "Once upon\x00 a 🙂\r\n", open=True),
        Message("assistant", "time.", "length"),
    )
    for message in said:
        line.add(message)
    assert line.messages == said
    assert store.line(line.chat).rows == line.rows


def test_bytes_that_are_no_text_become_replacement_characters(line: StoredLine) -> None:
    assert texts(line) == []
    say(line, "a\udcff")
    assert texts(line) == ["a\ufffd"]


def test_words_wait_for_the_disk_and_pieces_do_not(store: ChatStore, line: StoredLine) -> None:
    statements: list[str] = []
    store._database._connection.set_trace_callback(statements.append)
    line.journal("H")
    assert eventually(lambda: any("INTO piece" in statement for statement in statements))
    assert "PRAGMA synchronous = NORMAL" in statements
    assert "PRAGMA synchronous = FULL" not in statements
    line.add(Message("assistant", "Hi", "eos"))
    assert "PRAGMA synchronous = FULL" in statements


def test_only_generated_words_carry_the_model(line: StoredLine) -> None:
    say(line, "Hi", "Hello")
    assert [row.model for row in line.rows] == ["", "bob"]


def test_chat_writes_to_it_and_goes_on_after_reopening(store: ChatStore, line: StoredLine) -> None:
    engine = ScriptedEngine([" Yes.\nUser:"])
    list(Chat(engine, DIALOG, history=line).reply("One?"))
    again = store.line(line.chat)
    list(Chat(engine, DIALOG, history=again).reply("Two?"))
    assert texts(again) == ["One?", "Yes.", "Two?", "Yes."]
    assert [m.finish_reason for m in again.messages] == [None, "stop", None, "stop"]


def test_refused_message_leaves_nothing_behind(store: ChatStore, line: StoredLine) -> None:
    chat = Chat(ScriptedEngine([" Yes."], n_ctx=100), DIALOG, history=line)
    for _ in range(2):
        with pytest.raises(UsageError, match="context"):
            list(chat.reply("word " * 300))
        assert store.get(line.chat).title == ""
    list(chat.reply("Short"))
    with pytest.raises(UsageError, match="context"):
        list(chat.reply("word " * 300))
    list(chat.reply("Shorter"))
    assert texts(line) == texts(store.line(line.chat)) == ["Short", "Yes.", "Shorter", "Yes."]
    assert store.tree(line.chat) == line.rows
    assert {row.places for row in line.rows} == {1}
    assert store.search("word") == []
    assert store.get(line.chat).title == "Short"


def test_withdrawn_message_that_was_answered_elsewhere_stays_in_the_tree(
    store: ChatStore, line: StoredLine
) -> None:
    keys = say(line, "1", "2")
    other = store.line(line.chat)
    line.rewind(keys[0])
    line.withdraw()
    assert texts(line) == []
    assert [row.message.text for row in store.tree(line.chat)] == ["1", "2"]
    assert texts(other) == ["1", "2"]


def test_clear_begins_anew_and_keeps_the_old_line(store: ChatStore, line: StoredLine) -> None:
    first, _ = say(line, "Hi", "Hello")
    line.clear()
    assert store.line(line.chat).rows == ()
    (second,) = say(line, "Hi again")
    assert [row.id for row in line.siblings(second)] == [first, second]
    assert (line.rows[0].place, line.rows[0].places) == (2, 2)


def test_rewind_ends_the_line_there(store: ChatStore, line: StoredLine) -> None:
    keys = say(line, "1", "2", "3", "4")
    line.rewind(keys[1])
    assert texts(line) == texts(store.line(line.chat)) == ["1", "2"]
    line.rewind(keys[3])
    assert texts(line) == ["1", "2", "3", "4"]


def test_edit_makes_a_sibling_with_which_the_line_ends(line: StoredLine) -> None:
    keys = say(line, "1", "2", "3", "4")
    new = line.edit(keys[1], "two")
    assert texts(line) == ["1", "two"]
    assert new.message == Message("assistant", "two")
    assert (new.place, new.places, new.parent, new.model) == (2, 2, keys[0], "")
    assert [row.message.text for row in line.siblings(keys[1])] == ["2", "two"]


def test_another_answer_is_a_sibling(line: StoredLine) -> None:
    keys = say(line, "1", "2")
    line.rewind(keys[0])
    say(line, "two")
    assert [row.message.text for row in line.siblings(keys[1])] == ["2", "two"]
    assert (line.rows[1].place, line.rows[1].places) == (2, 2)


def test_switch_goes_on_to_what_was_written_last(line: StoredLine) -> None:
    keys = say(line, "1", "2", "3", "4")
    line.edit(keys[2], "three")
    say(line, "four")
    line.edit(keys[0], "one")
    line.switch(keys[0])
    assert texts(line) == ["1", "2", "three", "four"]
    line.switch(keys[2])
    assert texts(line) == ["1", "2", "3", "4"]
    assert (line.rows[2].place, line.rows[2].places) == (1, 2)


def test_figures_of_the_latest_message_are_kept(store: ChatStore, line: StoredLine) -> None:
    say(line, "Hi", "Hello")
    line.annotate({"tokens": 3, "rate": 7.25})
    assert line.rows[-1].stats == {"tokens": 3, "rate": 7.25}
    assert store.line(line.chat).rows == line.rows


@pytest.mark.parametrize("move", ["rewind", "switch", "siblings"])
def test_message_of_another_chat_is_refused(store: ChatStore, line: StoredLine, move: str) -> None:
    (foreign,) = say(store.line(store.create(Dialog()).id), "Elsewhere")
    say(line, "Here")
    with pytest.raises(UsageError, match=f"no message {foreign} in chat {line.chat}"):
        getattr(line, move)(foreign)
    assert texts(line) == ["Here"]


def test_chat_that_is_gone_meanwhile_is_named(store: ChatStore, line: StoredLine) -> None:
    with store._database.writing() as connection:
        connection.execute("DELETE FROM chat WHERE id = ?", (line.chat,))
    with pytest.raises(UsageError, match=f"There is no chat {line.chat}"):
        say(line, "Hello")


class TreeMachine(RuleBasedStateMachine):
    """Whatever a person does: the line is what they made of it, and the tree holds everything."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = ChatStore(Path(self.folder.name) / "chats.db")
        self.line = self.store.line(self.store.create(Dialog()).id)
        self.model: list[str] = []
        self.said: list[str] = []

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(text=st.text(max_size=3), journaled=st.booleans())
    def speak(self, text: str, journaled: bool) -> None:
        text = text.encode("utf-8", "replace").decode()
        if journaled:
            self.line.journal(text[:1])
        self.line.add(Message("assistant", text, "eos"))
        self.model.append(text)
        self.said.append(text)

    @rule(place=st.integers(0, 99))
    def rewind(self, place: int) -> None:
        keep = place % (len(self.model) + 1)
        self.line.rewind(self.line.rows[keep - 1].id if keep else None)
        del self.model[keep:]

    @rule(place=st.integers(0, 99), text=st.sampled_from(["x", "y"]))
    def edit(self, place: int, text: str) -> None:
        if self.model:
            place %= len(self.model)
            self.line.edit(self.line.rows[place].id, text)
            self.model[place:] = [text]
            self.said.append(text)

    @rule()
    def reopen(self) -> None:
        self.line = self.store.line(self.line.chat)

    @invariant()
    def line_is_the_model(self) -> None:
        assert texts(self.line) == self.model
        assert [row.message.text for row in self.store.tree(self.line.chat)] == self.said
        assert self.store.get(self.line.chat).messages == len(self.model)


TestTree = TreeMachine.TestCase
TestTree.settings = settings(max_examples=examples(40), stateful_step_count=15)
